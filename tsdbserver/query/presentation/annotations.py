"""Which annotations go with which results."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.annotation import EVERYTHING, Annotation
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import HOUR_MS, TimeSpan, floor_to
from tsdbserver.model.uid import NameKind, uid_text
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.select.tsuids import series_of, tsuids
from tsdbserver.store.interface import Annotations, Catalog, SeriesReader, SeriesSet


class Notes(NamedTuple):
    """Annotations of some of a plan's series: those of the series at `positions[i]` are `annotations[i]`."""

    positions: NDArray[np.intp]
    annotations: list[Sequence[Annotation]]

    def of(self, members: NDArray[np.intp]) -> list[Annotation] | None:
        """Those of some series in the order of their times, None if no series has any."""
        found = np.flatnonzero(np.isin(self.positions, members))
        if not len(found):
            return None
        return sorted((note for i in found.tolist() for note in self.annotations[i]), key=lambda note: note.time)


def annotated(
    results: list[ResultSeries], query: Query, annotations: Annotations, notes: Notes | None
) -> list[ResultSeries]:
    """The results with the annotations that start within the query's span: of their series, and of everything if those
    are wanted.

    As in OpenTSDB a result whose series has one in the hours around the span shows an empty list, one without does not.
    """
    wanted = query.shown.annotations and query.shown.global_annotations and not query.profile.shows_events
    everywhere = annotations.between(EVERYTHING, query.span) if wanted else ()
    if notes is None and not everywhere:
        return results
    return [
        replace(
            result,
            annotations=None if (found := notes and notes.of(result.members())) is None else shown(found, query.span),
            global_annotations=everywhere or None,
        )
        for result in results
    ]


def shown(notes: list[Annotation], span: TimeSpan) -> list[Annotation]:
    """Those that start within the span."""
    return [note for note in notes if span.start <= note.time <= span.end]


def notes_of(plan: Plan, annotations: Annotations, catalog: Catalog, reader: SeriesReader) -> Notes | None:
    """The annotations of a plan's series in the hours that it scans, None if there are none."""
    metric = catalog.uid(NameKind.METRIC, plan.series.metric.name)
    named, hours = annotations.annotated(uid_text(metric or 0)), _hours_around(plan.scan)
    if len(named) < len(plan.series):
        named = [tsuid for tsuid in named if annotations.between(tsuid, hours)]
        positions = _places(series_of(named, catalog, reader) if named else None, plan.series)
    else:  # most are of other series, or of none at all
        positions = np.arange(len(plan.series))
    each = [annotations.between(tsuid, hours) for tsuid in tsuids(plan.series.take(positions), catalog)]
    some = [place for place, notes in enumerate(each) if notes]
    return Notes(positions[some], [each[place] for place in some]) if some else None


def _places(some: SeriesSet | None, series: SeriesSet) -> NDArray[np.intp]:
    """Where series stand among others of their metric, as far as they do."""
    if some is None:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.isin(series.rows, some.rows, assume_unique=True))


def _hours_around(span: TimeSpan) -> TimeSpan:
    return TimeSpan(floor_to(span.start, HOUR_MS), floor_to(span.end, HOUR_MS) + HOUR_MS - 1)
