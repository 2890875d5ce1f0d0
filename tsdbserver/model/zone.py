"""Time zones by the names of the IANA database."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tsdbserver.errors import BadQuery


def parse_zone(name: str) -> tzinfo:
    """The zone of that name, UTC for an empty one; BadQuery if there is none."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # ValueError and OSError: a name that is a path
        raise BadQuery(f"Invalid timezone name: {name}") from None
