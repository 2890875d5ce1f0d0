"""Reading what keeps samples, be it digests or histograms, which are added up before they become digests."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from aggregators.histogram.to_digests import merged_digests
from tsdbserver.model.metric import MetricKind
from tsdbserver.query.planning.plan import Plan
from tsdbserver.store.interface import SeriesReader

Keys = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Distributions:
    """Distributions were read, number i of series `series[i]` and `times[i]`. Given a key for each, one of so many,
    `by` makes digests of them, and the key of each digest.
    """

    times: NDArray[np.int64]
    series: NDArray[np.intp]
    by: Callable[[Keys, int], tuple[Digests, Keys]]


def read_distributions(plan: Plan, reader: SeriesReader) -> Distributions:
    """What the plan's series hold within its span."""
    if plan.series.metric.kind is MetricKind.HISTOGRAM:
        stored = reader.histograms(plan.series, plan.scan)
        return Distributions(
            stored.times,
            stored.series,
            lambda keys, size: merged_digests(stored.histograms, keys, size, plan.most_cells),
        )
    columns = reader.digests(plan.series, plan.scan)
    return Distributions(columns.times, columns.series, lambda keys, size: (columns.digests, keys))
