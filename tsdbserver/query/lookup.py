"""Which series exist: what Grafana's variables are filled from."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import NotFound
from tsdbserver.model.lookup import Lookup
from tsdbserver.query.companions import Companions
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet


def suggest(names: Iterable[str], prefix: str, most: int) -> list[str]:
    """The names that begin with `prefix`, each once and in order, at most `most` of them; all where that is 0."""
    found = sorted({name for name in names if name.startswith(prefix)})
    return found[: most or None]


def look_up(
    lookup: Lookup, catalog: Catalog, reader: SeriesReader, companions: Companions
) -> list[tuple[str, dict[str, str]]]:
    """(metric, tags) of each series found. NotFound for a metric, tag key or tag value that was never stored."""
    _check_names(lookup, catalog)
    found = _found(lookup, catalog, reader, companions)
    return list(islice(found, lookup.limit) if lookup.limit > 0 else found)


def _check_names(lookup: Lookup, catalog: Catalog) -> None:
    for key, value in lookup.pairs:
        if key is not None and not catalog.has_tag_key(key):
            raise _unresolved("tagk", key)
        if value is not None and not catalog.has_tag_value(value):
            raise _unresolved("tagv", value)


def _unresolved(kind: str, name: str) -> NotFound:
    return NotFound("Unable to resolve one or more UIDs", f"No such name for '{kind}': '{name}'")


def _found(
    lookup: Lookup, catalog: Catalog, reader: SeriesReader, companions: Companions
) -> Iterator[tuple[str, dict[str, str]]]:
    for shown, stored in _metrics(lookup.metric, catalog, companions):
        series = reader.select(stored, ())
        for position in np.flatnonzero(_holds(series, lookup.pairs)):
            yield shown, series.tags_of(int(position))


def _metrics(name: str | None, catalog: Catalog, companions: Companions) -> list[tuple[str, str]]:
    """(name as asked, name as stored) of the metrics to look at; a companion has the series of its metric."""
    if name is None:
        return [(metric.name, metric.name) for metric in catalog.metrics()]
    if catalog.metric(name):
        return [(name, name)]
    companion = companions.find(name, catalog)
    if companion is None:
        raise _unresolved("metrics", name)
    return [(name, companion[0].name)]


def _holds(series: SeriesSet, pairs: Sequence[tuple[str | None, str | None]]) -> NDArray[np.bool_]:
    by_key: dict[str | None, NDArray[np.bool_]] = {}
    for key, value in pairs:
        hit = _has_pair(series, key, value)
        by_key[key] = by_key[key] | hit if key in by_key else hit
    holds = np.ones(len(series), np.bool_)
    for hits in by_key.values():
        holds &= hits
    return holds


def _has_pair(series: SeriesSet, key: str | None, value: str | None) -> NDArray[np.bool_]:
    hits = np.zeros(len(series), np.bool_)
    for name, column in series.tags.items():
        if key is not None and name != key:
            continue
        if value is None:
            hits |= column.codes >= 0
        elif value in column.values:
            hits |= column.codes == column.values.index(value)
    return hits
