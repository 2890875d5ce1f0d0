"""The newest points of series."""

from collections.abc import Iterator
from dataclasses import dataclass

from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import Profile
from tsdbserver.model.last import LastOf, LastPoint, LastQuestion
from tsdbserver.model.metric import MetricInfo
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import HOUR_MS, floor_to
from tsdbserver.model.uid import NameKind
from tsdbserver.query.select.tsuids import series_of, tsuids
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet


@dataclass(frozen=True, slots=True)
class _HasValue:
    """Accepts one value of a tag key: implements `store.interface.TagMatcher`."""

    tag_key: str
    value: str

    def matches(self, value: str) -> bool:
        return value == self.value


def last_points(
    question: LastQuestion, catalog: Catalog, reader: SeriesReader, now: int, profile: Profile
) -> list[LastPoint]:
    """The newest point of each series asked for that has one. A name that was never stored is a BadQuery, unless the
    profile finds nothing under it.
    """
    since = floor_to(now, HOUR_MS) - question.hours * HOUR_MS
    if question.hours < 1:
        # OpenTSDB would look into a table of when series were last written, which it does not keep by default.
        since = 0 if profile.finds_last_always else now + 1
    asked = [wanted for wanted in question.series if _is_known(wanted, catalog, profile)]
    found = [series for wanted in asked for series in _wanted(wanted, question.hours, catalog, reader)]
    return [point for series in found for point in _newest(series, catalog, reader) if point.time >= since]


def _wanted(wanted: LastOf, hours: int, catalog: Catalog, reader: SeriesReader) -> Iterator[SeriesSet]:
    if wanted.tsuids:
        each = (series_of([tsuid], catalog, reader) for tsuid in wanted.tsuids)
        yield from (series for series in each if series is not None)
        return
    if hours < 1 or not wanted.tags:
        # OpenTSDB cannot name a series without its tags and refuses; here all series of a metric are at hand.
        yield reader.select(wanted.metric, [_HasValue(key, value) for key, value in wanted.tags.items()])
    else:
        yield reader.find(wanted.metric, [tag_set(wanted.tags)])


def _is_known(wanted: LastOf, catalog: Catalog, profile: Profile) -> bool:
    names = [] if wanted.tsuids else [(NameKind.METRIC, wanted.metric)]
    for key, value in wanted.tags.items():
        names += (NameKind.TAG_KEY, key), (NameKind.TAG_VALUE, value)
    unknown = next(((kind, name) for kind, name in names if catalog.uid(kind, name) is None), None)
    if unknown and profile.knows_only_names:
        text = f"No such name for '{unknown[0]}': '{unknown[1]}'"
        raise BadQuery(text, text)
    return unknown is None


def _newest(series: SeriesSet, catalog: Catalog, reader: SeriesReader) -> Iterator[LastPoint]:
    if not len(series):
        return
    _check_scalar(series.metric)
    points = reader.newest(series)
    ids = tsuids(series, catalog)
    owners = points.series_of_points().tolist()
    for position, time, value in zip(owners, points.times.tolist(), points.values.tolist(), strict=True):
        yield LastPoint(ids[position], series.metric.name, series.tags_of(position), time, value)


def _check_scalar(metric: MetricInfo) -> None:
    if not metric.kind.is_scalar:
        raise BadQuery(f"metric '{metric.name}' holds {metric.kind} series, whose points are no numbers")
