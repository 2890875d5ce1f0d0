"""Texts that only Grafana sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.wire.grafana_texts import mended_downsample, mended_pairs, without_variables

PAIRS = {
    "host=*": [("host", "*")],
    "host=*,dc=a": [("host", "*"), ("dc", "a")],
    "dc=a,dc=b": [("dc", "a"), ("dc", "b")],
    "dc=a|b": [("dc", "a|b"), ("dc", "a"), ("dc", "b")],
    "name=GET /x?a=1": [("name", "GET /x?a=1")],
    "name=1,2,3,dc=a": [("name", "1,2,3"), ("dc", "a")],
    " host = a": [("host", " a")],
    "host=": [("host", "")],
}


@pytest.mark.parametrize("text, pairs", PAIRS.items())
def test_pairs(text, pairs):
    assert list(mended_pairs(text)) == pairs


names = st.text("abc09_-./ ", min_size=1).map(str.strip).filter(bool)


@given(st.lists(st.tuples(names, names)))
def test_pairs_of_plain_names_are_read_as_they_were_put_together(pairs):
    text = ",".join(f"{key}={value}" for key, value in pairs)

    assert list(mended_pairs(text)) == (pairs or [("", "")])


@given(st.text(), st.text())
def test_pairs_of_any_text(left, right):
    assert all(isinstance(name, str) for pair in mended_pairs(f"{left}={right}") for name in pair)


@given(st.sampled_from(["30s", "1m", "500ms", "1dc", "0all"]), st.sampled_from(["avg", "p99", "cdf_0.5"]),
       st.sampled_from(["", "-nan", "-null", "-zero"]))  # fmt: skip
def test_what_makes_sense_is_left_alone(interval, function, fill):
    assert mended_downsample(f"{interval}-{function}{fill}") == f"{interval}-{function}{fill}"


def test_variables():
    tags = {"a": "$host", "b": "${host}", "c": "[[host]]", "d": "${host:pipe}", "e": "*", "f": "cost$", "g": "$a|$b"}

    assert without_variables(tags) == {"e": "*", "f": "cost$", "g": "$a|$b"}
