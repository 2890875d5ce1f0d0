"""Series to ids and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.stores import add
from tsdbserver.errors import BadQuery
from tsdbserver.query.select.tsuids import series_of, tsuids
from tsdbserver.store.memory import RingStore


def store_of(*all_tags, metric="m"):
    store = RingStore()
    for tags in all_tags:
        add(store, metric, {"tags": tags, "points": [[1000, 1]]})
    return store


def tags_of(series):
    return [series.tags_of(position) for position in range(len(series))]


def pieces(text):
    return [text[at : at + 6] for at in range(0, len(text), 6)]


def test_an_id_holds_the_metric_and_the_tags_in_the_order_of_their_keys():
    store = store_of({"host": "web01", "dc": "lga"}, {"dc": "sjc"}, {"host": "web02", "rack": "r1"}, {})

    assert [" ".join(pieces(text)) for text in tsuids(store.select("m", ()), store)] == [
        "000001 000001 000001 000002 000002",
        "000001 000002 000003",
        "000001 000001 000005 000003 000004",  # Java lists rack before host
        "000001",
    ]


def test_only_series_that_exist_are_found():
    store = store_of({"host": "a"}, {"host": "b"}, {"dc": "a"})
    known = tsuids(store.select("m", ()), store)
    never = [
        "000001000002000002",
        "0000010000FF000001",
        "0000010000010000FF",
        "000001000001000001000001000001",
        "000001",
    ]

    assert tags_of(series_of([known[1], *never, known[0], known[1]], store, store)) == [{"host": "a"}, {"host": "b"}]


def test_nothing_has_the_id_of_a_metric_that_never_was():
    store = store_of({"host": "a"})

    assert series_of(["0000FF000001000001"], store, store) is None


def test_ids_of_several_metrics_are_no_question():
    store = store_of({"host": "a"})

    with pytest.raises(BadQuery, match=r"did not share the same metric \[000001\] \[000002\]"):
        series_of(["000001000001000001", "000002000001000001"], store, store)


names = st.text(min_size=1, max_size=3)
series = st.lists(st.dictionaries(names, names, max_size=4), min_size=1, max_size=20)


@given(series, st.data())
def test_every_series_is_found_by_its_id_and_ids_differ(all_tags, data):
    store = store_of(*all_tags)
    everything = store.select("m", ())
    ids = tsuids(everything, store)
    some = data.draw(st.lists(st.sampled_from(range(len(ids)))), "some")

    assert len(set(ids)) == len(ids)
    assert ids == [tsuids(everything.take([i]), store)[0] for i in range(len(ids))]
    if some:
        found = series_of([ids[i] for i in some], store, store)

        assert found is not None
        assert found.rows.tolist() == sorted(set(some))
