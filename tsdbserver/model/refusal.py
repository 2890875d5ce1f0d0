"""Why points and samples are not stored, as one of a few words: a label of `/metrics`, which no client can add to."""

CAUSES = (
    HISTOGRAM := "histogram",
    KIND := "kind",
    LINE_TOO_LONG := "line_too_long",
    NAME := "name",
    OTHER := "other",
    ROLLUP := "rollup",
    STORE_FULL := "store_full",
    TAGS := "tags",
    TIMESTAMP := "timestamp",
    TOO_OLD := "too_old",
    UNAUTHORIZED := "unauthorized",
    UNKNOWN_METRIC := "unknown_metric",
    VALUE := "value",
)

MAX_SHOWN = 40
"""Characters of a client's name that a reason repeats."""


class Reason(str):
    """Why something is not stored, in the words that its sender reads, with the cause that it is counted under."""

    __slots__ = ("cause",)
    cause: str

    def __new__(cls, text: str, cause: str = OTHER) -> "Reason":
        """ValueError for a cause that is not in `CAUSES`."""
        if cause not in CAUSES:
            raise ValueError(f"unknown cause '{cause}'")
        reason = super().__new__(cls, text)
        reason.cause = cause
        return reason


def show_name(text: str) -> str:
    """A client's name for a message: at most its first `MAX_SHOWN` characters, as a name may have thousands."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
