"""Series side by side on one column of times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tsdbserver.query.expressions.series import Results
from tsdbserver.query.planning.window import check_size


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """`values[i, j]` is what series `i` has at `times[j]`, NaN where it has nothing; `present` says where it has."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    present: NDArray[np.bool_]


def align(results: Results, most_cells: int) -> Aligned:
    """The union of the results' times, and each result on it. BadQuery for more than `most_cells` cells."""
    times = union([result.times for result in results])
    check_size(len(results), len(times), most_cells)
    values = np.full((len(results), len(times)), np.nan)
    present = np.zeros(values.shape, np.bool_)
    for row, result in enumerate(results):
        places = slice(None) if len(result.times) == len(times) else np.searchsorted(times, result.times)
        values[row, places] = result.values
        present[row, places] = True
    return Aligned(times, values, present)


def union(columns: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All times of some ascending columns, each once. Results often share one column."""
    distinct = list({id(column): column for column in columns}.values())
    if len(distinct) == 1:
        return distinct[0]
    return np.unique(np.concatenate([np.empty(0, np.int64), *distinct]))
