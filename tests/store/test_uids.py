"""Names get numbers in the order of first appearance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.stores import add
from tsdbserver.model.series import tag_set
from tsdbserver.model.uid import NameKind
from tsdbserver.store.ring import RingStore
from tsdbserver.store.uids import Names, Uids, java_order

LISTED_BY_JAVA = {
    ("dc", "host"): ("host", "dc"),
    ("host", "rack"): ("rack", "host"),
    ("dc", "host", "rack"): ("rack", "host", "dc"),
    ("host", "iface"): ("iface", "host"),
    ("Aa", "BB"): ("Aa", "BB"),
    ("größe", "k-1"): ("größe", "k-1"),
}
"""Sorted keys and how `HashMap` lists them. A real OpenTSDB gave `r2` a smaller id than `web04`, which came with it."""


@pytest.mark.parametrize("keys, listed", LISTED_BY_JAVA.items())
def test_tags_are_met_in_the_order_of_a_java_map(keys, listed):
    assert java_order(keys) == listed


def test_a_new_series_numbers_its_metric_and_its_tags_key_by_key():
    store = RingStore()
    for tags in ({"host": "web01", "dc": "lga"}, {"host": "web02", "dc": "lga"}, {"host": "db01", "dc": "sjc"}):
        add(store, "sys.cpu.user", {"tags": tags, "points": [[1000, 1]]})

    assert list(store.names(NameKind.METRIC)) == ["sys.cpu.user"]
    assert list(store.names(NameKind.TAG_KEY)) == ["host", "dc"]
    assert list(store.names(NameKind.TAG_VALUE)) == ["web01", "lga", "web02", "db01", "sjc"]


def test_kinds_count_by_themselves():
    names = Names()
    for kind in NameKind:
        names.mint(kind, "same")

    assert [names.uid(kind, "same") for kind in NameKind] == [1, 1, 1]
    assert names.uids(NameKind.METRIC, ["same", "other"]).tolist() == [1, 0]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("mint"), st.sampled_from("abcdef")),
        st.tuples(st.just("rename"), st.sampled_from("abcdef"), st.sampled_from("abcdefgh")),
    ),
    max_size=40,
)


@given(steps)
def test_a_number_is_given_once_and_never_changes(steps):
    uids = Uids()
    expected: dict[str, int] = {}
    for verb, *names in steps:
        if verb == "mint":
            number = uids.mint(names[0])

            assert number == expected.setdefault(names[0], len(expected) + 1)
        elif names[0] in expected and names[1] not in expected:
            uids.rename(*names)
            expected = {names[1] if name == names[0] else name: number for name, number in expected.items()}

    assert {name: uids.number(name) for name in uids.names()} == expected
    assert {number: uids.name(number) for number in range(len(uids) + 2)} == {
        0: None, len(uids) + 1: None, **{number: name for name, number in expected.items()}
    }  # fmt: skip


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=30))
def test_any_tags_are_numbered_each_once(tags):
    names = Names()
    names.mint_tags(tag_set(tags))

    assert sorted(names.names(NameKind.TAG_KEY)) == sorted(tags)
    assert set(names.names(NameKind.TAG_VALUE)) == set(tags.values())
