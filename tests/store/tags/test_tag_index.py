"""Tag sets to rows, and filters over codes."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.series import tag_set
from tsdbserver.store.tags.tag_index import TagIndex


@dataclass
class OneOf:
    tag_key: str
    values: tuple

    def matches(self, value):
        return value in self.values


def index_of(*tag_sets):
    index = TagIndex()
    for tags in tag_sets:
        index.add(tag_set(tags))
    return index


def test_rows_are_numbered_in_the_order_of_first_appearance():
    index = index_of({"host": "a"}, {"host": "b"})

    assert [index.row(tag_set({"host": host})) for host in "abc"] == [0, 1, None]


def test_all_matchers_must_accept():
    index = index_of({"host": "a", "dc": "x"}, {"host": "b", "dc": "x"}, {"host": "a", "dc": "y"})

    assert index.select(index.judge([OneOf("host", ("a",)), OneOf("dc", ("x", "z"))])).tolist() == [0]


def test_a_series_without_the_key_is_not_accepted():
    index = index_of({"host": "a"}, {"dc": "x"})

    assert index.select(index.judge([OneOf("host", ("a", "x"))])).tolist() == [0]
    assert index.select(index.judge([OneOf("nosuch", ("a",))])).tolist() == []


def test_what_joins_after_the_verdict_is_not_accepted():
    index = index_of({"host": "a"})
    verdicts = index.judge([OneOf("host", ("a", "b"))])
    for tags in ({"host": "b"}, {"host": "c"}, {"host": "a", "dc": "x"}):
        index.add(tag_set(tags))

    assert index.select(verdicts).tolist() == [0, 3]


def test_columns_leave_out_keys_that_no_row_has():
    index = index_of({"host": "a"}, {"dc": "x"})

    assert list(index.columns(np.array([0]))) == ["host"]


tags = st.dictionaries(st.sampled_from("kmn"), st.sampled_from("abc"), max_size=3)


@given(st.lists(tags, max_size=30), st.sampled_from("kmn"), st.sets(st.sampled_from("abcd")))
def test_selection_agrees_with_looking_at_every_series(tag_sets, key, values):
    distinct = list(dict.fromkeys(map(tag_set, tag_sets)))
    index = index_of(*distinct)

    assert index.select(index.judge([OneOf(key, tuple(values))])).tolist() == [
        row for row, pairs in enumerate(distinct) if dict(pairs).get(key) in values
    ]
