"""Which series exist: what Grafana's variables are filled from."""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import NotFound
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.lookup import FoundSeries, Lookup, Pair
from tsdbserver.model.uid import NameKind
from tsdbserver.query.select.derived_metrics import Companions
from tsdbserver.query.select.tsuids import tsuids
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet

_MARKS = re.compile("[&<>\"']")
"""Characters that HTML escapes."""


def suggest(names: Iterable[str], text: str, most: int, inside: bool = False) -> list[str]:
    """The names that begin with `text`, each once and in order, at most `most` of them; all where that is 0.

    With `inside` those that hold it elsewhere follow, in capitals or not.
    """
    begin, hold = set(), set()
    low = text.lower()
    for name in names:
        if name.startswith(text):
            begin.add(name)
        elif inside and low in name.lower():
            hold.add(name)
    return [*sorted(begin), *sorted(hold)][: most or None]


def look_up(
    lookup: Lookup, catalog: Catalog, reader: SeriesReader, companions: Companions, profile: Profile = FAITHFUL
) -> list[FoundSeries]:
    """The series found, in the order of their ids.

    A metric, tag key or tag value that was never met is NotFound, unless the profile finds nothing under it.
    """
    pairs = lookup.pairs_wanted
    metrics = _metrics(lookup.metric_wanted, catalog, companions)
    if profile.knows_only_names:
        _check_names(lookup.metric_wanted, metrics, pairs, catalog)
    found = (s for shown, stored in metrics for s in _found(shown, stored, pairs, catalog, reader, profile))
    return list(islice(found, lookup.limit) if lookup.limit > 0 else found)


class StoredNames:
    """The names of a metric, None for all metrics: implements `model.lookup.Vocabulary`."""

    def __init__(self, metric: str | None, catalog: Catalog, reader: SeriesReader, companions: Companions) -> None:
        self._series = [reader.select(stored, ()) for _, stored in _metrics(metric, catalog, companions)]
        self._values: dict[str | None, Mapping[str, str]] = {}

    @cached_property
    def keys(self) -> Container[str]:
        """The tag keys of its series."""
        columns = ((key, column) for series in self._series for key, column in series.tags.items())
        return {key for key, column in columns if (column.codes >= 0).any()}

    def values(self, key: str | None) -> Mapping[str, str]:
        """The values of a key by how they may be written: as they are, or escaped as a menu shows them."""
        if key not in self._values:
            columns = (c for series in self._series for name, c in series.tags.items() if key in (None, name))
            values = {value for column in columns for value in column.values}
            escaped = {escape(value).replace("&#x27;", "&#39;"): value for value in values if _MARKS.search(value)}
            self._values[key] = escaped | {value: value for value in values}
        return self._values[key]


def _metrics(name: str | None, catalog: Catalog, companions: Companions) -> list[tuple[str, str]]:
    """(name as asked, name as stored) of the metrics to look at; a companion has the series of its metric."""
    if name is None:
        return [(metric, metric) for metric in catalog.names(NameKind.METRIC)]
    if catalog.uid(NameKind.METRIC, name) is not None:
        return [(name, name)]
    companion = companions.find(name, catalog)
    return [(name, companion[0].name)] if companion else []


def _check_names(
    metric: str | None, metrics: Sequence[tuple[str, str]], pairs: Sequence[Pair], catalog: Catalog
) -> None:
    if metric and not metrics:
        raise _unresolved(NameKind.METRIC, metric)
    for pair in pairs:
        for kind, name in zip((NameKind.TAG_KEY, NameKind.TAG_VALUE), pair, strict=True):
            if name is not None and catalog.uid(kind, name) is None:
                raise _unresolved(kind, name)


def _unresolved(kind: NameKind, name: str) -> NotFound:
    return NotFound("Unable to resolve one or more UIDs", f"No such name for '{kind}': '{name}'")


def _found(
    shown: str, stored: str, pairs: Sequence[Pair], catalog: Catalog, reader: SeriesReader, profile: Profile
) -> Iterator[FoundSeries]:
    series = reader.select(stored, ())
    series = series.take(_holds(series, pairs))
    if profile.lists_distinct:
        series = series.take(_one_of_each(series, pairs))
    ids = tsuids(series, catalog)
    for position in sorted(range(len(ids)), key=ids.__getitem__):
        yield FoundSeries(ids[position], shown, series.tags_of(position))


def _one_of_each(series: SeriesSet, pairs: Sequence[Pair]) -> NDArray[np.intp]:
    """One series for each value of the first key of which any will do; without a pair, one for each key.

    That is what whoever fills a menu takes from the answer, which a limit then does not cut.
    """
    if not pairs:
        firsts = [int(np.argmax(column.codes >= 0)) for column in series.tags.values() if (column.codes >= 0).any()]
        return np.unique(np.array(firsts or [0][: len(series)], np.intp))
    open_key = next((key for key, value in pairs if key in series.tags and value is None), None)
    if open_key is None:
        return np.arange(len(series))
    return np.unique(series.tags[open_key].codes, return_index=True)[1]


def _holds(series: SeriesSet, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    wanted: dict[str | None, set[str | None]] = {}
    for key, value in pairs:
        wanted.setdefault(key, set()).add(value)
    holds = np.ones(len(series), np.bool_)
    for key, values in wanted.items():
        holds &= _has_any(series, key, values)
    return holds


def _has_any(series: SeriesSet, key: str | None, values: Collection[str | None]) -> NDArray[np.bool_]:
    """Which series have one of the values under the key, None for any: however many there are, each is met once."""
    hits = np.zeros(len(series), np.bool_)
    for name, column in series.tags.items():
        if key is not None and name != key:
            continue
        # One more than there are values: code −1 (the key is absent) reads the last one.
        meant = np.array([None in values or value in values for value in column.values] + [False])
        hits |= meant[column.codes]
    return hits
