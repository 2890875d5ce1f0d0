"""Notes about moments: of one series, or of everything."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tsdbserver.model.time import MAX_SECONDS

EVERYTHING = ""
"""The series, as it were, of annotations that are about everything."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What happened at `start`, or until `end` (0: no end). Times are written as they were sent: seconds up to
    `MAX_SECONDS`, else milliseconds.

    `tsuid` is the id of the series that it is about.
    """

    start: int
    tsuid: str = EVERYTHING
    end: int = 0
    description: str = ""
    notes: str = ""
    custom: Mapping[str, str] | None = None

    @property
    def time(self) -> int:
        """The start in milliseconds: there is one annotation for a series and a moment."""
        return self.start if self.start > MAX_SECONDS else 1000 * self.start

    @property
    def in_seconds(self) -> "Annotation":
        """The same with times in whole seconds."""
        return replace(self, start=_whole_seconds(self.start), end=_whole_seconds(self.end))

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it but when, and of what series."""
        return bool(self.end or self.description or self.notes or self.custom is not None)

    def over(self, earlier: "Annotation") -> "Annotation":
        """This annotation where it says something, and the earlier one where it does not."""
        return Annotation(
            self.start,
            self.tsuid,
            self.end or earlier.end,
            self.description or earlier.description,
            self.notes or earlier.notes,
            self.custom if self.custom is not None else earlier.custom,
        )


def _whole_seconds(time: int) -> int:
    return time // 1000 if time > MAX_SECONDS else time
