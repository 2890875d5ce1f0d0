"""The truth, from raw samples: what the server's answers are measured against."""

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def points(capture: Path) -> Iterator[dict[str, Any]]:
    """The sample lines of a file that k6's `json` output wrote, gzipped or not."""
    opener = gzip.open if capture.suffix == ".gz" else open
    with opener(capture, "rb") as lines:
        for line in lines:
            parsed = orjson.loads(line)
            if parsed["type"] == "Point":
                yield parsed


@dataclass(frozen=True)
class Truth:
    """All samples of some metric and group, sorted."""

    samples: Samples

    @classmethod
    def of(cls, values: Iterable[float]) -> "Truth":
        return cls(np.sort(np.fromiter(values, dtype=np.float64)))

    def quantile(self, q: float) -> float:
        return float(np.quantile(self.samples, q))

    def rank(self, value: float, wanted: float) -> float:
        """Where the value stands among the samples, counted from 0; between two samples, in proportion.

        A value that occurs several times stands at several ranks: the one nearest to the wanted rank counts.
        """
        first = int(np.searchsorted(self.samples, value, side="left"))
        behind = int(np.searchsorted(self.samples, value, side="right"))
        if first < behind:
            return float(np.clip(wanted, first, behind - 1))
        if first in (0, self.samples.size):
            return float("inf")
        below, above = self.samples[first - 1 : first + 1]
        return first - 1 + float((value - below) / (above - below))

    def rank_error(self, answer: float, q: float) -> float:
        """How far the answer stands from the rank q · (n − 1), as a share of n − 1. Outside min and max: infinite."""
        steps = self.samples.size - 1
        wanted = q * steps
        return abs(self.rank(answer, wanted) - wanted) / max(steps, 1)
