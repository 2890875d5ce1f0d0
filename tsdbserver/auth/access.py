"""Access: what an endpoint or a command does with stored data, and so which scope a token needs."""

from enum import StrEnum


class Access(StrEnum):
    """What an endpoint does with what is stored, and so which scope a token must have."""

    READ = "read"
    WRITE = "write"
    KNOWN = "known"
    """Neither: the server tells of its insides, to anyone whom it knows."""
    NONE = "none"
    """Neither: the server says that it is there and what it is, to anyone at all."""
