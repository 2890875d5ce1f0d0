"""The settings of `tsdbserver serve`: one table; flags, environment variables, the file and documentation follow it.

`--max-series` is also the variable `TSDBSERVER_MAX_SERIES`, and `max-series` in the file of `--config`. The flag wins,
then the variable, then the file.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tsdbserver.logs import FORMATS, LEVELS
from tsdbserver.settings.parsers import (
    characters,
    directory,
    domains,
    duration,
    file,
    listen_address,
    one_of,
    positive,
    size,
    switch,
)

ENVIRONMENT_PREFIX = "TSDBSERVER_"
CONFIG_VARIABLE = ENVIRONMENT_PREFIX + "CONFIG"
"""Names the file; not a setting, for a file cannot name itself."""

_CORS_HEADERS = (
    "Authorization, Content-Type, Accept, Origin, User-Agent, DNT, Cache-Control, X-Mx-ReqToken, Keep-Alive, "
    "X-Requested-With, If-Modified-Since"
)
_OTHERS_PREFIXES = ("TSDBSERVER_PORT", "TSDBSERVER_SERVICE_", "TSDBSERVER_INGEST_")
"""Of variables that Kubernetes sets for every program where a service is called tsdbserver, and of another command."""


class SettingError(Exception):
    """A setting that reads well and cannot be used: the message names it, and the file and place if it is about one."""


def _setting(default: str, read: Callable[[str], Any], help_text: str, secret: bool = False) -> Any:
    metadata = {"default": default, "read": read, "help": help_text, "secret": secret}
    return field(default=read(default), metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default."""

    listen: tuple[str, int] = _setting("127.0.0.1:4242", listen_address, "Address and port to listen on.")
    mode: str = _setting("rw", one_of("rw", "ro", "wo"), "rw reads and writes, ro only reads, wo only writes.")
    tokens: Path | None = _setting("", file, "File of who may read and write; without it anyone may.")  # noqa: RUF009
    tls_cert: Path | None = _setting("", file, "Certificate chain, PEM; with it the server speaks TLS.")  # noqa: RUF009
    tls_key: Path | None = _setting("", file, "The certificate's key, PEM; empty: in the same file.")  # noqa: RUF009
    tls_key_password: str = _setting("", str, "Password of the key, if it is encrypted.", secret=True)
    retention: int = _setting("6h", duration, "How far back a ring reaches before it overwrites its oldest slot.")
    resolution: int = _setting("1s", duration, "Spacing of plain data points for which a ring reaches that far.")
    max_series: int = _setting("200000", positive, "Series in all; a new one past it is refused.")
    max_assigned_names: int = _setting("100000", positive, "Names that get an id before anything is stored under them.")
    max_annotations: int = _setting("100000", positive, "Annotations in all; a new one past it is refused.")
    max_annotation_bytes: int = _setting("67108864", size, "Bytes that all annotations may take.")
    max_body: int = _setting("16777216", size, "Bytes of a request body, before and after decompression.")
    max_cells: int = _setting("20000000", positive, "Series × slots of one sub query.")
    max_points: int = _setting("200000", positive, "Data points of one request.")
    max_tags: int = _setting("8", positive, "Tags of a plain data point.")
    tag_specialchars: frozenset[str] = _setting("", characters, "Characters that names of plain points may also hold.")
    auto_metric: bool = _setting("on", switch, "Whether a plain data point creates a metric that is not known.")
    max_line: int = _setting("1024", size, "Bytes of a telnet line; a longer one is passed over in silence.")
    telnet_idle: int = _setting("5m", duration, "How long a telnet connection may be silent before it is closed.")
    max_header: int = _setting("65536", size, "Bytes of a request's first line, and of each of its headers.")
    max_connections: int = _setting("1000", positive, "Connections at once; one more is closed unheard.")
    client_timeout: int = _setting(
        "30s", duration, "How long a client may take for a request's head, or for the next 16 KiB of body or answer."
    )
    keepalive: int = _setting("100s", duration, "How long an HTTP connection may be silent between two requests.")
    max_queries: int = _setting("8", positive, "Queries that run at once.")
    max_waiting: int = _setting("100", positive, "Queries that wait for their turn; one more is refused.")
    query_timeout: int = _setting("30s", duration, "How long a query may take, waiting included.")
    slow_query: int = _setting("5s", duration, "From when on a query is slow enough for the log.")
    stop_timeout: int = _setting("10s", duration, "How long what runs may go on when the server is told to stop.")
    log_format: str = _setting("text", one_of(*FORMATS), "text for people, json for programs: an object a line.")
    log_level: str = _setting("info", one_of(*LEVELS), "What is logged; debug names every request.")
    cors_domains: tuple[str, ...] = _setting("", domains, "Domains whose pages may ask, with commas, or *.")
    cors_headers: str = _setting(_CORS_HEADERS, str, "Headers that those pages may send.")
    plugins_dir: Path | None = _setting("", directory, "Directory whose .py files add aggregators.")  # noqa: RUF009

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> "Settings":
        """The settings of these texts by name; ValueError says what is wrong with them, each alone or together."""
        values = {setting.attribute: setting.read(texts[setting.name]) for setting in SETTINGS if setting.name in texts}
        settings = cls(**values)
        if settings.tls_key and not settings.tls_cert:
            raise ValueError("tls-key needs tls-cert: a key alone proves nothing")
        return settings


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """A row of the table: the flag without its dashes, default as text, what reads a text, what it is for, and whether
    its value is to be kept from eyes.
    """

    name: str
    default: str
    read: Callable[[str], Any]
    help: str
    secret: bool = False

    @property
    def attribute(self) -> str:
        """The field of Settings."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.attribute.upper()


SETTINGS = tuple(SettingInfo(name=f.name.replace("_", "-"), **f.metadata) for f in fields(Settings))


def check_environment(environment: Iterable[str]) -> None:
    """ValueError names a variable that looks like a setting and is none: misspelt, it would be ignored in silence."""
    known = {setting.variable for setting in SETTINGS} | {CONFIG_VARIABLE}
    ours = (
        name for name in environment if name.startswith(ENVIRONMENT_PREFIX) and not name.startswith(_OTHERS_PREFIXES)
    )
    for name in sorted(ours):
        if name not in known:
            raise ValueError(f"there is no setting {name}: {nearest(name, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """What to say to somebody who wrote a name that does not exist."""
    prefix = ENVIRONMENT_PREFIX if name.startswith(ENVIRONMENT_PREFIX) else ""
    rests = [other.removeprefix(prefix) for other in known]
    found = get_close_matches(name.removeprefix(prefix), rests, 1)
    return f"did you mean {prefix}{found[0]}?" if found else "see `tsdbserver serve --help`"
