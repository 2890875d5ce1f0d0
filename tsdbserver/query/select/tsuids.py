"""Series to ids and back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.series import TagSet, tag_set
from tsdbserver.model.uid import NameKind, split_tsuid, uid_text
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet

_UID_BITS = 24
_PAIR_DIGITS = 12
_PAIR_BYTES = slice(2, 8)
"""Where the ids of a key and its value, three bytes each, lie in a number of eight bytes."""


def tsuids(series: SeriesSet, catalog: Catalog) -> list[str]:
    """The id of each series. A companion's series have the ids of the series that it is computed from."""
    pairs = _pairs(series, catalog)
    present = pairs > 0
    digits = pairs.astype(">u8").view(np.uint8).reshape(*pairs.shape, 8)[..., _PAIR_BYTES][present]
    text = digits.tobytes().hex().upper()
    edges = np.concatenate(([0], np.cumsum(present.sum(axis=1)))) * _PAIR_DIGITS
    metric = uid_text(catalog.uid(NameKind.METRIC, series.metric.name) or 0)
    return [metric + text[start:end] for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]


def _pairs(series: SeriesSet, catalog: Catalog) -> NDArray[np.int64]:
    """[series, key]: the ids of key and value as one number, keys in the order of their ids; 0 without the key."""
    keys = catalog.uids(NameKind.TAG_KEY, list(series.tags))
    pairs = np.zeros((len(series), len(keys)), np.int64)
    columns = list(series.tags.values())
    for place, position in enumerate(np.argsort(keys)):
        column = columns[position]
        # One more than there are values: code −1 (the key is absent) reads the last one.
        values = np.append((keys[position] << _UID_BITS) + catalog.uids(NameKind.TAG_VALUE, column.values), 0)
        pairs[:, place] = values[column.codes]
    return pairs


def series_of(wanted: Sequence[str], catalog: Catalog, reader: SeriesReader) -> SeriesSet | None:
    """The series that have these ids, of one metric; None if nothing has the metric's id, and series that do not exist
    are left out. BadQuery where the ids name several metrics.
    """
    metrics = dict.fromkeys(text[: len(uid_text(0))] for text in wanted)
    if len(metrics) > 1:
        first, second, *_ = metrics
        raise BadQuery(f"One or more TSUIDs did not share the same metric [{first}] [{second}]")
    split = [split_tsuid(text) for text in wanted]
    metric = catalog.name(NameKind.METRIC, split[0][0])
    if metric is None:
        return None
    named = (_tag_set(pairs, catalog) for _, pairs in split)
    return reader.find(metric, [tags for tags in named if tags is not None])


def _tag_set(pairs: Sequence[tuple[int, int]], catalog: Catalog) -> TagSet | None:
    """The tags of some pairs of ids, None if one of them is nobody's or a key occurs twice."""
    named = [(catalog.name(NameKind.TAG_KEY, key), catalog.name(NameKind.TAG_VALUE, value)) for key, value in pairs]
    known = [(key, value) for key, value in named if key is not None and value is not None]
    tags = tag_set(known)
    return tags if len(dict(tags)) == len(pairs) else None
