"""What reads the text of a setting. Each reader's ValueError says what is wrong with the text, and quotes it."""

from collections.abc import Callable
from pathlib import Path

from tsdbserver.errors import BadRequest
from tsdbserver.model.time import parse_duration

MAX_PORT = 65_535


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
        raise ValueError(error.message) from None


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError(f"'{text}' is not a whole number from 1 on")
    return int(text)


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
