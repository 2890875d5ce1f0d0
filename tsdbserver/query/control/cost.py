"""Which queries are so small that finding a thread for them takes longer than answering them.

A query is judged twice: by what it says, before any plan is made, for planning itself may take long; then by its plans.
"""

import math

from tsdbserver.model.query import Query
from tsdbserver.query.execution.amounts import downsamples_in_store
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.select.sources import Amounts, StoredNumbers
from tsdbserver.store.interface import Annotations, Catalog, SeriesReader

SMALL = 20_000
"""The cost of a small query: a thousandth of a second or two."""

_FEW_SUB_QUERIES = 10
_FEW_TESTS = 20_000
"""Series, and filters to try on them, that are planned as quickly."""

_SHORT_FILTERS = 10_000
"""Characters of all filters."""

_FEW_NOTES = 1_000
"""Annotations that there may be beside it."""


def is_planned_quickly(query: Query, catalog: Catalog, annotations: Annotations) -> bool:
    """Whether making its plans takes little time."""
    if query.shown.annotations and annotations.count > _FEW_NOTES:
        return False
    subs = query.sub_queries
    if len(subs) > _FEW_SUB_QUERIES or any(sub.tsuids for sub in subs):
        return False
    counts = [catalog.series_count(sub.metric) for sub in subs]
    tests = sum(count * (1 + len(sub.filters)) for count, sub in zip(counts, subs, strict=True))
    length = sum(len(spec.expression) for sub in subs for spec in sub.filters)
    return 0 not in counts and tests <= _FEW_TESTS and length <= _SHORT_FILTERS


def cost(plan: Plan, reader: SeriesReader) -> float:
    """Points to be read and cells to be laid out; without end for what is computed of digests, or of
    intervals that were not reported.
    """
    match plan.source:
        case StoredNumbers():
            pass
        case Amounts() as amounts if downsamples_in_store(plan, amounts):
            pass
        case _:
            return math.inf
    points = reader.size(plan.series)
    return points + len(plan.series) * (points if plan.grid is None else len(plan.grid))
