"""The answer to one sub query: a list of these."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tsdbserver.model.query import SubQuery


@dataclass(frozen=True, slots=True, eq=False)
class ResultSeries:
    """One group: `times` in ms ascending, `values` float64 with NaN where a fill policy says that the gap shows.

    `tags` have one value in all members of the group, `aggregate_tags` are keys with several.
    """

    metric: str
    tags: dict[str, str]
    aggregate_tags: list[str]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    sub_query: "SubQuery"
