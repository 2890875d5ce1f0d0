"""Large lists in JSON, cut into groups: a group is read in one go, and other threads have their turns in between."""

import msgspec

from tsdbserver.errors import TooLarge
from tsdbserver.wire.decoding import UNREADABLE

MOST_VALUES = 65_536
"""Values of a group: a tenth of a second of work for the reader that knows every rule."""
_MOST_IN_ALL = 3_000_000
_MOST_OF_A_POINT = 15
"""Values of a list, or of each of the points that may be: more than points that are right have between them."""
_ELEMENTS = 1_000
_BYTES = 128 * 1024
"""Of a group: ten milliseconds of work if all of its points are odd."""

_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def count_elements(body: bytes) -> int:
    """How many elements a body has if it is a list, before anything else is known of them; 1 if it is none."""
    try:
        return len(_LIST.decode(body))
    except UNREADABLE:
        return 1


def grouped(body: bytes, points: int = 0) -> list[bytes]:
    """A list as several shorter ones, in order; the body itself if it is small, or no list. TooLarge if it has more
    values than so many `points` can.
    """
    if len(body) < _BYTES:
        return [body]
    check_values(body, max(_MOST_IN_ALL, _MOST_OF_A_POINT * points))
    try:
        elements = _LIST.decode(body)
    except UNREADABLE:
        return [body]
    return [b"[%b]" % b",".join(group) for group in _cut(elements)] or [body]


def check_values(body: bytes, most: int = MOST_VALUES) -> None:
    """TooLarge for JSON with more values than that, counted by their commas."""
    if body.count(b",") > most:
        raise TooLarge(f"more than {most} values in one piece of JSON")


def _cut(elements: list[msgspec.Raw]) -> list[list[msgspec.Raw]]:
    groups: list[list[msgspec.Raw]] = []
    size = _BYTES
    for element in elements:
        size += len(element)
        if size > _BYTES or len(groups[-1]) == _ELEMENTS:
            groups.append([])
            size = len(element)
        groups[-1].append(element)
    return groups
