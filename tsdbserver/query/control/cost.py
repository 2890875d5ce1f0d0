"""Which queries are so small that finding a thread for them takes longer than answering them.

A query is judged twice: by what it says, before any plan is made, for planning itself may take long; then by its plans.
"""

import math

from tsdbserver.model.query import Downsample, FilterSpec, Query
from tsdbserver.model.time import TimeSpan
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
_FEW_CHOICES = 1_000
"""Texts between the pipes of all filters: each is looked up, and some are tried on each series."""
_FEW_CALENDAR_SLOTS = 10_000
"""Slots by a calendar in all sub queries: they are laid out when the query is planned."""

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
    tests = sum(count * (1 + sum(map(_tests, sub.filters))) for count, sub in zip(counts, subs, strict=True))
    length = sum(len(spec.expression) for sub in subs for spec in sub.filters)
    choices = sum(1 + spec.expression.count("|") for sub in subs for spec in sub.filters)
    return (
        0 not in counts
        and tests <= _FEW_TESTS
        and length <= _SHORT_FILTERS
        and choices <= _FEW_CHOICES
        and sum(_calendar_slots(sub.slots, query.span) for sub in subs) <= _FEW_CALENDAR_SLOTS
    )


def _tests(spec: FilterSpec) -> int:
    """How many texts a filter tries on a value; a list finds a value at once."""
    return 1 if spec.type.endswith("literal_or") else 1 + spec.expression.count("|")


def _calendar_slots(downsample: Downsample | None, span: TimeSpan) -> int:
    if downsample is None or not downsample.calendar or downsample.interval is None:
        return 0
    return (span.end - span.start) // downsample.interval + 1


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
