"""Path of a request → which mount, and which row of the URL table."""

from collections.abc import Collection
from typing import NamedTuple

from tsdbserver.errors import BadRequest, NotImplementedHere
from tsdbserver.model.dialect import FAITHFUL, PROFILES, Profile

_VERSION = 1
"""The greatest N of `/api/vN`."""
_DEEPEST_FIRST = sorted(PROFILES, key=lambda profile: len(profile.prefix), reverse=True)


class Address(NamedTuple):
    """A mount and a path below it: lower case, one slash before each name, none at the end."""

    profile: Profile
    path: str

    @property
    def is_api(self) -> bool:
        """Whether errors here are OpenTSDB's error objects."""
        return self.path == "/api" or self.path.startswith("/api/")


def locate(path: str) -> Address:
    """The address of a request's path, the version in it not looked at.

    Several slashes are one, for many a client joins a base URL and a path that both have one.
    """
    path = "/" + "/".join(filter(None, path.lower().split("/")))
    for profile in _DEEPEST_FIRST:
        if path == profile.prefix or path.startswith(f"{profile.prefix}/"):
            return Address(profile, path.removeprefix(profile.prefix) or "/")
    return Address(FAITHFUL, path)


def without_version(path: str) -> str:
    """`/api/v1/put` → `/api/put`. BadRequest for a version that is no number, NotImplementedHere for a later one."""
    pieces = path.split("/", 3)
    if len(pieces) < 3 or pieces[1] != "api" or pieces[2][:1] != "v" or not pieces[2][1:2].isdecimal():
        return path
    version = pieces[2][1:]
    if not (version.isascii() and version.isdecimal()):
        raise BadRequest(
            "Invalid API version format supplied", f"API version [{version}] cannot be parsed to an integer"
        )
    if int(version[:10]) > _VERSION:
        raise NotImplementedHere(
            "Requested API version is greater than the max implemented",
            f"API version [{version}] is greater than the max [{_VERSION}]",
        )
    return "/".join(("", "api", *pieces[3:]))


def row_of(path: str, rows: Collection[str]) -> str | None:
    """The row that a path belongs to: its own, or that of its first name (its second under `/api`)."""
    if path in rows:
        return path
    pieces = path.split("/")
    owner = "/".join(pieces[: 3 if pieces[1] == "api" else 2])
    return owner if owner in rows else None
