"""Ids of names and of series, as OpenTSDB writes them.

Every metric, tag key and tag value has a number, written as six hexadecimal digits. The id of a series is that of its
metric and, in the order of the keys' numbers, those of its tag keys and tag values:

    000001 000001 000003 000002 000002      sys.cpu.user, host=web02, dc=lga
"""

import re
from enum import StrEnum

from tsdbserver.errors import BadQuery

MAX_UID = 0xFFFFFF
"""Three bytes: no kind has more names than that."""

_DIGITS = 6
_TSUID = re.compile(r"(?:[0-9a-fA-F]{6})(?:[0-9a-fA-F]{12})*")


class NameKind(StrEnum):
    """What a name names; each kind counts its own names."""

    METRIC = "metrics"
    TAG_KEY = "tagk"
    TAG_VALUE = "tagv"


def uid_text(number: int) -> str:
    """A number as six hexadecimal digits."""
    return f"{number:06X}"


def check_tsuid(text: str) -> str:
    """A series' id in capitals; BadQuery for a text that is none."""
    if not _TSUID.fullmatch(text):
        raise BadQuery(f"Invalid TSUID: '{text}'")
    return text.upper()


def split_tsuid(tsuid: str) -> tuple[int, list[tuple[int, int]]]:
    """The numbers in a series' id: the metric's, and those of each tag's key and value."""
    metric, *tags = (int(tsuid[at : at + _DIGITS], 16) for at in range(0, len(tsuid), _DIGITS))
    return metric, list(zip(tags[::2], tags[1::2], strict=True))
