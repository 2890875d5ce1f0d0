"""Tag sets in the order and the form in which Java's HashMap prints them: OpenTSDB's messages contain them so, and it
gives names their ids in that order.
"""

from collections.abc import Mapping

_FIRST_TABLE = 16
_INT = 0xFFFFFFFF


def hash_order(tags: Mapping[str, str | None]) -> list[tuple[str, str | None]]:
    """The pairs in HashMap's order: by place in a table of a power of two, grown when three quarters full."""
    table = _FIRST_TABLE
    while len(tags) > table * 3 // 4:
        table *= 2
    return sorted(tags.items(), key=lambda pair: _spread(pair[0]) & (table - 1))


def java_map(tags: Mapping[str, str | None]) -> str:
    """`{host=web01, dc=lga}`."""
    return "{" + ", ".join(f"{key}={'null' if value is None else value}" for key, value in hash_order(tags)) + "}"


def _spread(text: str) -> int:
    """`String.hashCode` with its upper half folded onto the lower."""
    code = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (31 * code + (high << 8 | low)) & _INT
    return code ^ code >> 16
