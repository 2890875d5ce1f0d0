"""Names get numbers in the order of first appearance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.stores import add
from tsdbserver.errors import BadRequest, TooLarge
from tsdbserver.model.series import tag_set
from tsdbserver.model.uid import NameKind
from tsdbserver.store.memory import RingStore
from tsdbserver.store.tags.names import Names, Uids, java_order

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
    names = Names(most_assigned=10)
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
    names = Names(most_assigned=10)
    names.mint_tags(tag_set(tags))

    assert sorted(names.names(NameKind.TAG_KEY)) == sorted(tags)
    assert set(names.names(NameKind.TAG_VALUE)) == set(tags.values())


def test_only_so_many_names_are_assigned():
    names = Names(most_assigned=2)
    names.mint(NameKind.METRIC, "stored")

    assert [names.assign(NameKind.METRIC, "a"), names.assign(NameKind.TAG_KEY, "a")] == [2, 1]
    with pytest.raises(BadRequest, match="Name already exists with UID: 000001"):
        names.assign(NameKind.METRIC, "stored")
    with pytest.raises(TooLarge, match=r"room for 2 assigned names \(setting max-assigned-names\)"):
        names.assign(NameKind.METRIC, "b")
    assert names.mint(NameKind.METRIC, "b") == 3


def test_a_name_by_hand_is_not_longer_than_one_of_a_batch():
    names = Names(most_assigned=2)
    names.assign(NameKind.METRIC, "a" * 4096)

    with pytest.raises(BadRequest, match="longer than 4096 characters"):
        names.assign(NameKind.METRIC, "b" * 4097)
    with pytest.raises(BadRequest, match="longer than 4096 characters"):
        names.rename(NameKind.METRIC, "a" * 4096, "b" * 4097)
    assert len(list(names.names(NameKind.METRIC))) == 1


SERIES = [{"host": "a", "dc": "x"}, {"host": "b", "dc": "a"}, {"rack": "a"}]
RENAMED = {
    "metric": (NameKind.METRIC, "m", "n", SERIES),
    "key": (NameKind.TAG_KEY, "dc", "room", [{"host": "a", "room": "x"}, {"host": "b", "room": "a"}, {"rack": "a"}]),
    "value": (NameKind.TAG_VALUE, "a", "z", [{"host": "z", "dc": "x"}, {"host": "b", "dc": "z"}, {"rack": "z"}]),
}


@pytest.mark.parametrize("kind, old, new, expected", RENAMED.values(), ids=RENAMED.keys())
def test_what_is_stored_under_a_name_goes_with_it(kind, old, new, expected):
    store = RingStore()
    for tags in SERIES:
        add(store, "m", {"tags": tags, "points": [[1000, 1]]})
    uid = store.uid(kind, old) or 0
    store.rename(kind, old, new)
    metric = new if kind is NameKind.METRIC else "m"
    series = store.select(metric, ())

    assert [series.tags_of(row) for row in range(3)] == expected
    assert (store.uid(kind, old), store.uid(kind, new), store.name(kind, uid)) == (None, uid, new)
    # What is written under the new names joins the old points, under the old ones it is new.
    for tags in expected:
        add(store, metric, {"tags": tags, "points": [[2000, 1]]})
    assert store.counts().series == 3
    add(store, "m", {"tags": SERIES[0], "points": [[2000, 1]]})
    assert store.counts().series == 4
    assert store.counts().metrics == (2 if kind is NameKind.METRIC else 1)


def test_names_are_not_taken_from_others():
    store = RingStore()
    add(store, "m", {"tags": {"host": "a"}, "points": [[1000, 1]]})
    store.assign(NameKind.METRIC, "known")

    with pytest.raises(BadRequest, match="new name already assigned ID=000002"):
        store.rename(NameKind.METRIC, "m", "known")
    with pytest.raises(BadRequest, match=r'Name\("host"\) does not exist'):
        store.rename(NameKind.METRIC, "host", "new")
    assert store.metric("m")
