"""What both forms of a batch agree on: the version they are in and how long a sender's id is."""

from tsdbserver.errors import BadBatch

VERSION = 1
INSTANCE_BYTES = 16


class UnknownVersion(BadBatch):
    """A body of a version that this server does not speak."""

    status_hint = 426


def check_version(version: int) -> None:
    """UnknownVersion unless this server speaks it."""
    if version != VERSION:
        raise UnknownVersion(f"unknown version v={version}: this server speaks {VERSION}")
