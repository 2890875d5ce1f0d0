"""What an id of a formula stands for: columns of values on shared times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.expression import Label
from tsdbserver.query.expressions.alignment import align
from tsdbserver.query.expressions.series import Results

Times = NDArray[np.int64]
Matrix = NDArray[np.float64]
"""[column, time], NaN for missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """`values[i, j]` is what the series with `labels[i]` has at `times[j]`.

    `present` tells where it has something: None for everywhere. `metrics` are the names that it is made of,
    `query_keys` the tag keys that filters named.
    """

    labels: Sequence[Label]
    times: Times
    values: Matrix
    present: NDArray[np.bool_] | None
    metrics: frozenset[str]
    query_keys: frozenset[str]

    def filled(self, value: float) -> Matrix:
        """The values, with `value` for what is missing."""
        return np.where(np.isnan(self.values), value, self.values)

    def take(self, rows: Sequence[int]) -> "Columns":
        """Some of the columns, at the times at which any of them has something."""
        picked = list(rows)
        shown = slice(None) if self.present is None else self.present[picked].any(axis=0)
        return Columns(
            [self.labels[row] for row in picked],
            self.times[shown],
            self.values[picked][:, shown],
            None if self.present is None else self.present[picked][:, shown],
            self.metrics,
            self.query_keys,
        )


def columns_of(results: Results, query_keys: frozenset[str], most_cells: int) -> Columns:
    """The results side by side. BadQuery for more than `most_cells` cells."""
    aligned = align(results, most_cells)
    return Columns(
        [Label(result.tags, result.aggregate_tags) for result in results],
        aligned.times,
        aligned.values,
        aligned.present,
        frozenset(result.metric for result in results),
        query_keys,
    )
