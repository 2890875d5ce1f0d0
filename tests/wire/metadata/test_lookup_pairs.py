"""Pairs of a look-up whose names hold commas, pipes and equals signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadRequest
from tsdbserver.wire.metadata.lookup_pairs import MAX_NAMES, read_pairs


class Names:
    """A vocabulary."""

    def __init__(self, **values):
        self._values = values
        self.keys = frozenset(values)

    def values(self, key):
        found = [value for name, values in self._values.items() if key in (None, name) for value in values]
        return {value: value for value in found}


STORED = Names(
    status=["200", "500"],
    name=[
        "http://x/?fields=id,name&limit=5",
        "http://x/a,b?c=d",
        "http://x/a",
        "status is 200, a=b",
        "x|y",
        "p,status=",
    ],
    revision=["r1", "r2", "r3"],
    a=["1"],
)
PAIRS = {
    "status=*": [("status", "*")],
    "status=200,a=1": [("status", "200"), ("a", "1")],
    "status=200,status=500": [("status", "200"), ("status", "500")],
    "status=200|500": [("status", "200"), ("status", "500")],
    "status=*,name=http://x/?fields=id,name&limit=5": [("status", "*"), ("name", "http://x/?fields=id,name&limit=5")],
    # the longest stored value, also where a shorter one is stored, and where a key seems to stand in it
    "name=http://x/a,b?c=d": [("name", "http://x/a,b?c=d")],
    "name=http://x/a,status=200": [("name", "http://x/a"), ("status", "200")],
    "name=status is 200, a=b": [("name", "status is 200, a=b")],
    "name=p,status=": [("name", "p,status=")],
    "name=x|y|http://x/a,b?c=d": [("name", "x|y"), ("name", "http://x/a,b?c=d")],
    # a variable's name before its second value
    "revision=r1,SvnRevision=r2": [("revision", "r1"), ("revision", "r2")],
    "revision=r1,V=r2,V=r3,status=200": [("revision", "r1"), ("revision", "r2"), ("revision", "r3"), ("status", "200")],
    "name=http://x/a,b?c=d,V=x|y": [("name", "http://x/a,b?c=d"), ("name", "x|y")],
    "revision=r1,r2": [("revision", "r1"), ("revision", "r2")],
    # an unknown key
    "nosuch=*": [("nosuch", "*")],
    "status=*,nosuch=x": [("status", "*"), ("nosuch", "x")],
    "nosuch,status=200": [("nosuch", ""), ("status", "200")],
    # blanks, any key, no value
    " status = 200 , name = x|y ": [("status", "200"), ("name", "x|y")],
    "=200": [("*", "200")],
    "*=x|y": [("*", "x|y")],
    "status=": [("status", "")],
    "": [("", "")],
}


@pytest.mark.parametrize("text, pairs", PAIRS.items())
def test_pairs(text, pairs):
    assert list(read_pairs(text, STORED)) == pairs


KEYS = ["host", "dc", "a,b", "c d"]
values = st.text("ab,|=? ", min_size=1, max_size=6).filter(lambda text: text == text.strip() and text.strip("*"))
stored = st.fixed_dictionaries({key: st.lists(values, min_size=1, max_size=4) for key in KEYS})


@given(stored, st.data())
def test_a_stored_value_alone_is_read_as_it_was_put_in(names, data):
    key = data.draw(st.sampled_from(KEYS))
    value = data.draw(st.sampled_from(names[key]))

    assert list(read_pairs(f"{key}={value}", Names(**names))) == [(key, value)]


@given(st.text(",|=ab* "), stored)
def test_any_text(text, names):
    pairs = list(read_pairs(text, Names(**names)))

    assert pairs
    assert all(isinstance(name, str) for pair in pairs for name in pair)


def test_too_many():
    with pytest.raises(BadRequest, match="Unable to parse query"):
        list(read_pairs("," * MAX_NAMES, STORED))


def test_many_stretches_of_one_long_value():
    """The search for the longest value is bounded: this would be 10,000 × 10,000 of them."""
    assert len(list(read_pairs("host=" + "a," * (MAX_NAMES - 2), Names(host=["a," * 2000 + "b"])))) == MAX_NAMES - 1
