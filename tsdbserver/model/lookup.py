"""A question for series, not for their points."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lookup:
    """Series of `metric` (None: of any) that hold every pair; None in a pair stands for any key or any value.

    Several pairs of one key mean any of their values. A limit of 0 or less cuts nothing.
    """

    metric: str | None
    pairs: Sequence[tuple[str | None, str | None]]
    limit: int = 25
