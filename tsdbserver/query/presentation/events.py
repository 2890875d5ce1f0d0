"""Annotations for readers who draw them as events, as Grafana does: each once, at a second, points or no points."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tsdbserver.model.annotation import EVERYTHING, Annotation
from tsdbserver.model.query import Query, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.presentation.annotations import Notes, shown
from tsdbserver.query.presentation.dialect import grouped
from tsdbserver.store.interface import Annotations

_NO_TIMES = np.empty(0, np.int64)
_NO_VALUES = np.empty(0)


def with_silent_series(
    results: Sequence[ResultSeries], plan: Plan, query: Query, notes: Notes | None
) -> list[ResultSeries]:
    """The results, and what happened to series without a point in the span: with their group, or as a result that has
    none.

    Without a downsample only: a result without points would be a value to an alert rule, which is not to be had by
    asking for events.
    """
    if notes is None or plan.downsampler is not None:
        return list(results)
    results, only = list(results), query.profile.tags_groups_only
    seen = [result.members() for result in results]
    silent = np.setdiff1d(notes.positions, np.concatenate(seen) if seen else np.empty(0, np.intp))
    for position in silent.tolist():
        _add(results, plan, position, shown(notes.of(np.array([position])) or [], query.span), only)
    return results


def _add(
    results: list[ResultSeries], plan: Plan, position: int, events: Sequence[Annotation], groups_only: bool
) -> None:
    """Put a series' events with its group, among `results`."""
    if not events:
        return
    tags = plan.series.tags_of(position)
    for i, result in enumerate(results):
        if all(result.tags.get(key) == tags.get(key) for key in plan.group_by):
            both = sorted([*(result.annotations or ()), *events], key=lambda note: note.time)
            results[i] = replace(result, annotations=both)
            return
    silent = replace(_without_points(plan.sub_query), metric=plan.metric, tags=tags, annotations=events)
    results += grouped([silent], plan.tag_keys) if groups_only else [silent]


def announced(results: Sequence[ResultSeries], query: Query, annotations: Annotations) -> list[ResultSeries]:
    """All results of a query, the first with what happened to everything; one without points if there is no other and
    a question without a downsample.
    """
    events = annotations.between(EVERYTHING, query.span)
    if not events:
        return list(results)
    if not results:
        results = [_without_points(sub) for sub in query.sub_queries if sub.downsample is None][:1]
    return [replace(result, global_annotations=None if i else events) for i, result in enumerate(results)]


def _without_points(sub: SubQuery) -> ResultSeries:
    return ResultSeries(sub.metric, {}, [], _NO_TIMES, _NO_VALUES, sub)


def in_seconds(result: ResultSeries) -> ResultSeries:
    """The result with annotations whose times are seconds, whatever they were written in."""
    return replace(
        result,
        annotations=_seconds(result.annotations),
        global_annotations=_seconds(result.global_annotations),
    )


def _seconds(events: Sequence[Annotation] | None) -> list[Annotation] | None:
    return None if events is None else [event.in_seconds for event in events]
