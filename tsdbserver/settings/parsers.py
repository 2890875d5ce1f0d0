"""What reads the text of a setting. Each reader's ValueError says what is wrong with the text, and quotes it."""

import re
from collections.abc import Callable
from pathlib import Path

from tsdbserver.errors import BadRequest
from tsdbserver.model.time import parse_duration

MAX_PORT = 65_535

_SIZE = re.compile(r"0*([1-9][0-9]{0,18}) ?([A-Za-z]*)")
_BYTES: dict[str, int] = {"": 1, "b": 1} | {
    prefix + ending: base**power
    for power, prefix in enumerate("kmg", 1)
    for ending, base in (("ib", 1024), ("b", 1000))
}
"""Units of a size: `KiB` is 1,024 bytes, `kB` 1,000."""


def listen_address(text: str) -> tuple[str, int]:
    """`host:port` or `[::1]:port`."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise ValueError(f"'{text}' is not of the form host:port")
    if int(port) > MAX_PORT:
        raise ValueError(f"port {port} in '{text}' is out of range: ports end at {MAX_PORT}")
    return host.strip("[]"), int(port)


def duration(text: str) -> int:
    """`30s`, `6h` … in ms."""
    try:
        return parse_duration(text)
    except BadRequest as error:
        raise ValueError(f"{error.message}, such as 30s, 5m or 6h") from None


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def size(text: str) -> int:
    """Bytes: a whole number from 1 on, alone or of one of _BYTES: `16777216`, `16MiB`."""
    number, unit = _split_size(text)
    if not number or unit not in _BYTES:
        raise ValueError(f"'{text}' is not a number of bytes, such as 65536, 64KiB or 16MiB")
    return int(number) * _BYTES[unit]


def _split_size(text: str) -> tuple[str, str]:
    """The digits, without zeros in front, and the unit, in small letters."""
    match = _SIZE.fullmatch(text)
    return (match[1], match[2].lower()) if match else ("", "")


def directory(text: str) -> Path | None:
    """An existing directory, None for an empty text."""
    if text and not Path(text).is_dir():
        raise ValueError(f"there is no directory '{text}'")
    return Path(text) if text else None


def file(text: str) -> Path | None:
    """An existing file, None for an empty text."""
    if text and not Path(text).is_file():
        raise ValueError(f"there is no file '{text}'")
    return Path(text) if text else None


def domains(text: str) -> tuple[str, ...]:
    """A comma-separated list, or `*` alone."""
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    if "*" in names and len(names) > 1:
        raise ValueError(f"'{text}' mixes * with domains")
    return names


def one_of(*choices: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"'{text}' is none of {', '.join(choices)}")
        return text

    return read


def switch(text: str) -> bool:
    """`on` or `off`; ValueError says what is wrong."""
    return one_of("on", "off")(text) == "on"


def characters(text: str) -> frozenset[str]:
    """A set of characters, written one after another; ValueError for white space, which ends a word on a line."""
    if any(character.isspace() for character in text):
        raise ValueError(f"'{text}' holds white space, which no name can")
    return frozenset(text)
