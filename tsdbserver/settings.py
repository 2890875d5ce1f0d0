"""The settings of `tsdbserver serve`: one table; flags, environment variables and documentation follow it.

A flag `--max-series` is also the variable `TSDBSERVER_MAX_SERIES`; the flag wins.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tsdbserver.errors import BadRequest
from tsdbserver.model.time import parse_duration

ENVIRONMENT_PREFIX = "TSDBSERVER_"
MAX_PORT = 65_535
_CORS_HEADERS = (
    "Authorization, Content-Type, Accept, Origin, User-Agent, DNT, Cache-Control, X-Mx-ReqToken, Keep-Alive, "
    "X-Requested-With, If-Modified-Since"
)
_OTHERS_PREFIXES = ("TSDBSERVER_PORT", "TSDBSERVER_SERVICE_")
"""Of variables that Kubernetes sets for every program where a service is called tsdbserver."""


def listen_address(text: str) -> tuple[str, int]:
    """`host:port` or `[::1]:port`; ValueError says what is wrong."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise ValueError(f"'{text}' is not of the form host:port")
    if int(port) > MAX_PORT:
        raise ValueError(f"port {port} in '{text}' is out of range: ports end at {MAX_PORT}")
    return host.strip("[]"), int(port)


def duration(text: str) -> int:
    """`30s`, `6h` … in ms; ValueError says what is wrong."""
    try:
        return parse_duration(text)
    except BadRequest as error:
        raise ValueError(error.message) from None


def positive(text: str) -> int:
    """A whole number from 1 on; ValueError says what is wrong."""
    if not text.isdigit() or int(text) < 1:
        raise ValueError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def directory(text: str) -> Path | None:
    """An existing directory, None for an empty text; ValueError says what is wrong."""
    if text and not Path(text).is_dir():
        raise ValueError(f"there is no directory '{text}'")
    return Path(text) if text else None


def domains(text: str) -> tuple[str, ...]:
    """A comma-separated list, or `*` alone; ValueError says what is wrong."""
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    if "*" in names and len(names) > 1:
        raise ValueError(f"'{text}' mixes * with domains")
    return names


def _setting(default: str, read: Callable[[str], Any], help_text: str) -> Any:
    return field(default=read(default), metadata={"default": default, "read": read, "help": help_text})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default."""

    listen: tuple[str, int] = _setting("127.0.0.1:4242", listen_address, "Address and port to listen on.")
    retention: int = _setting("6h", duration, "How far back a ring reaches before it overwrites its oldest slot.")
    resolution: int = _setting("1s", duration, "Spacing of plain data points for which a ring reaches that far.")
    max_series: int = _setting("200000", positive, "Series in all; a new one past it is refused.")
    max_body: int = _setting("16777216", positive, "Bytes of a request body, before and after decompression.")
    max_cells: int = _setting("20000000", positive, "Series × slots of one sub query.")
    cors_domains: tuple[str, ...] = _setting("", domains, "Domains whose pages may ask, with commas, or *.")
    cors_headers: str = _setting(_CORS_HEADERS, str, "Headers that those pages may send.")
    plugins_dir: Path | None = _setting("", directory, "Directory whose .py files add aggregators.")  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """A row of the table: the flag without its dashes, default as text, what reads a text, and what it is for."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.name.replace("-", "_").upper()


SETTINGS = tuple(
    SettingInfo(f.name.replace("_", "-"), f.metadata["default"], f.metadata["read"], f.metadata["help"])
    for f in fields(Settings)
)


def check_environment(environment: Iterable[str]) -> None:
    """ValueError names a variable that looks like a setting and is none: misspelt, it would be ignored in silence."""
    known = {setting.variable.removeprefix(ENVIRONMENT_PREFIX) for setting in SETTINGS}
    ours = (
        name for name in environment if name.startswith(ENVIRONMENT_PREFIX) and not name.startswith(_OTHERS_PREFIXES)
    )
    for name in sorted(ours):
        text = name.removeprefix(ENVIRONMENT_PREFIX)
        if text not in known:
            nearest = get_close_matches(text, known, 1)
            hint = f"did you mean {ENVIRONMENT_PREFIX}{nearest[0]}?" if nearest else "see `tsdbserver serve --help`"
            raise ValueError(f"there is no setting {name}: {hint}")
