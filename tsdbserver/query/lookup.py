"""Which series exist: what Grafana's variables are filled from."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import NotFound
from tsdbserver.model.lookup import FoundSeries, Lookup, Pair
from tsdbserver.model.uid import NameKind
from tsdbserver.query.companions import Companions
from tsdbserver.query.tsuids import tsuids
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet


def suggest(names: Iterable[str], prefix: str, most: int) -> list[str]:
    """The names that begin with `prefix`, each once and in order, at most `most` of them; all where that is 0."""
    found = sorted({name for name in names if name.startswith(prefix)})
    return found[: most or None]


def look_up(lookup: Lookup, catalog: Catalog, reader: SeriesReader, companions: Companions) -> list[FoundSeries]:
    """The series found, in the order of their ids. NotFound for a metric, tag key or tag value that was never met."""
    metrics = _metrics(lookup.metric_wanted, catalog, companions)
    pairs = lookup.pairs_wanted
    _check_names(pairs, catalog)
    found = (series for shown, stored in metrics for series in _found(shown, stored, pairs, catalog, reader))
    return list(islice(found, lookup.limit) if lookup.limit > 0 else found)


def _metrics(name: str | None, catalog: Catalog, companions: Companions) -> list[tuple[str, str]]:
    """(name as asked, name as stored) of the metrics to look at; a companion has the series of its metric."""
    if name is None:
        return [(metric, metric) for metric in catalog.names(NameKind.METRIC)]
    if catalog.uid(NameKind.METRIC, name) is not None:
        return [(name, name)]
    companion = companions.find(name, catalog)
    if companion is None:
        raise _unresolved(NameKind.METRIC, name)
    return [(name, companion[0].name)]


def _check_names(pairs: Sequence[Pair], catalog: Catalog) -> None:
    for pair in pairs:
        for kind, name in zip((NameKind.TAG_KEY, NameKind.TAG_VALUE), pair, strict=True):
            if name is not None and catalog.uid(kind, name) is None:
                raise _unresolved(kind, name)


def _unresolved(kind: NameKind, name: str) -> NotFound:
    return NotFound("Unable to resolve one or more UIDs", f"No such name for '{kind}': '{name}'")


def _found(
    shown: str, stored: str, pairs: Sequence[Pair], catalog: Catalog, reader: SeriesReader
) -> Iterator[FoundSeries]:
    series = reader.select(stored, ())
    series = series.take(_holds(series, pairs))
    ids = tsuids(series, catalog)
    for position in sorted(range(len(ids)), key=ids.__getitem__):
        yield FoundSeries(ids[position], shown, series.tags_of(position))


def _holds(series: SeriesSet, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
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
