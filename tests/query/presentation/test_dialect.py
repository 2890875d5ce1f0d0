"""Results as Grafana can digest them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.dialect import FAITHFUL, GRAFANA, GROUPED
from tsdbserver.model.query import SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.query.presentation.dialect import suited

texts = st.sampled_from(["0.5", "0.99", "a"])
tags = st.dictionaries(st.sampled_from(["host", "quantile"]), texts)
values = st.lists(st.sampled_from([1.0, 2.5, np.nan]), max_size=4)


def results_of(rows):
    return [
        ResultSeries("m", tags, [], np.arange(len(values)) * 1000, np.array(values), SubQuery("p99", "m"))
        for tags, values in rows
    ]


def labels(results):
    return [tuple(sorted(result.tags.items())) for result in results]


rows = st.lists(st.tuples(tags, values), max_size=5, unique_by=lambda row: tuple(sorted(row[0].items())))


@given(rows, st.sampled_from([None, 0.5, 0.99]))
def test_labels_stay_unique_and_points_are_numbers(rows, quantile):
    results = suited(results_of(rows), quantile, GRAFANA)

    assert len(set(labels(results))) == len(results)
    shown = [dict(zip(result.times.tolist(), result.values.tolist(), strict=True)) for result in results]
    stored = [{1000 * i: v for i, v in enumerate(values) if not np.isnan(v)} for _, values in rows]
    assert shown == [points for points in stored if points]


@given(rows, st.sampled_from([None, 0.5]))
def test_the_faithful_profile_changes_nothing(rows, quantile):
    results = results_of(rows)

    assert suited(results, quantile, FAITHFUL) is results


def test_the_tags_of_others_are_left_alone():
    shared = {"host": "a"}
    (result,) = suited(results_of([(shared, [1.0])]), 0.999, GRAFANA)

    assert (result.tags, shared) == ({"host": "a", "quantile": "0.999"}, {"host": "a"})


@given(rows, st.sampled_from([None, 0.5]), st.sets(st.sampled_from(["host", "quantile"])))
def test_grouped_results_have_the_tags_of_their_query(rows, quantile, keys):
    results = suited(results_of(rows), quantile, GROUPED, keys)

    for result in results:
        tagged = {"quantile"} if quantile is not None else set()
        assert set(result.tags) <= keys | tagged
        assert tagged <= set(result.tags) | keys
        assert set(result.tags).isdisjoint(result.aggregate_tags)
