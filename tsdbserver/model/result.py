"""The answer to one sub query: a list of these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.annotation import Annotation

if TYPE_CHECKING:
    from tsdbserver.model.query import SubQuery


@dataclass(frozen=True, slots=True, eq=False)
class ResultSeries:
    """One group: `times` in ms ascending, `values` float64 with NaN where a fill policy says that the gap shows.

    `tags` have one value in all members of the group, `aggregate_tags` are keys with several. `members` finds the
    group's series: their positions among those of the plan, in order. What follows is None or empty unless it is asked
    for and there is any: the ids of the filters' keys, those of the series, their annotations, and those of everything.
    """

    metric: str
    tags: dict[str, str]
    aggregate_tags: list[str]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    sub_query: "SubQuery"
    members: Callable[[], NDArray[np.intp]] = lambda: np.empty(0, np.intp)
    filter_keys: Sequence[int] = ()
    tsuids: Sequence[str] | None = None
    annotations: Sequence[Annotation] | None = None
    global_annotations: Sequence[Annotation] | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one sub query took, in ms: to read points, to aggregate them, to find what is shown beside them."""

    read: float
    aggregate: float
    describe: float


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The results of a query, and the cost of each sub query."""

    results: Sequence[ResultSeries]
    costs: Sequence[Cost] = ()
