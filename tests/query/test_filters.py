"""Tag filters: what each type matches, how several combine, what they refuse."""

import time
from contextlib import suppress
from unittest.mock import patch

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadFilter, BadQuery
from tsdbserver.model.query import FilterSpec
from tsdbserver.query.filters import FilterType, ValueList
from tsdbserver.query.select.filter_types import BUILT_IN, built_in_filters

FILTERS = built_in_filters()


def build(kind, expression):
    return FILTERS.build(FilterSpec(kind, "host", expression))


@pytest.mark.parametrize(
    "kind, expression, matched, missed",
    [("literal_or", "web01|web02|", "web02", "WEB02"), ("iliteral_or", "web01|Web02", "wEB02", "web03"),
     ("not_literal_or", "web01", "WEB01", "web01"), ("not_iliteral_or", "web01", "web02", "WEB01"),
     ("wildcard", "w*1", "web01", "W1"), ("wildcard", "a*b", "a*b", "xab"), ("wildcard", "a***", "a", "ba"),
     ("wildcard", "[a]?*", "[a]?", "ab"), ("iwildcard", "*.LAX", "web01.lax", "web01.lax.net"),
     ("regexp", "web", "myweb01", "myWeb01"), ("regexp", "^web$", "web", "web01"), ("regexp", "(?i)WEB", "web", "wb"),
     ("regexp", "é+", "caféé", "cafe"), ("regexp", r"\d{2}", "x12", "x1")],
)  # fmt: skip
def test_a_type_matches(kind, expression, matched, missed):
    built = build(kind, expression)

    assert built.matches(matched)
    assert not built.matches(missed)


MISTAKES = {
    ("nosuch", "a"): "Could not find a tag value filter of the type: nosuch",
    ("Regexp", "a"): "Could not find a tag value filter of the type: Regexp",
    ("wildcard", "web01"): "Filter must contain an asterisk: web01",
    ("literal_or", "||"): "Filter must contain more than just a pipe: ||",
    ("literal_or", ""): "Filter cannot be null or empty",
    ("regexp", "["): "Invalid regular expression '[': missing ]: [",
    ("regexp", r"(a)\1"): r"Invalid regular expression '(a)\1': invalid escape sequence: \1",
    ("regexp", "a(?=b)"): "Invalid regular expression 'a(?=b)': invalid perl operator: (?=",
    ("not_key", "a"): "The filter of a not_key must be empty: a",
}


@pytest.mark.parametrize("spec, message", MISTAKES.items(), ids=map(str, MISTAKES))
def test_mistakes_are_named(spec, message):
    with pytest.raises(BadQuery) as error:
        build(*spec)
    assert error.value.message == message


@pytest.mark.parametrize("kind, expression", [("regexp", "(a+)+$"), ("wildcard", "*a" * 50 + "*b")])
def test_no_expression_explodes(kind, expression):
    matches = build(kind, expression).matches
    began = time.perf_counter()

    assert not matches("a" * 2000 + "c")
    assert time.perf_counter() - began < 1


def all_of(*specs):
    return FILTERS.build_all(FilterSpec(kind, key, expression, group) for kind, key, expression, group in specs)


def test_lists_of_values_for_one_key_are_one_list():
    hosts, dc = all_of(
        ("literal_or", "host", "a", False), ("literal_or", "dc", "x", False), ("literal_or", "host", "b|c", True)
    )

    assert [hosts.matches(value) for value in "abcd"] == [True, True, True, False]
    assert (hosts.literals, hosts.group_by) == (("a", "b", "c"), True)
    assert dc.tag_key == "dc"


def test_other_filters_for_one_key_must_all_match():
    assert len(all_of(("wildcard", "host", "*1", False), ("wildcard", "host", "*2", False))) == 2


def test_only_literals_must_have_been_stored():
    assert [bool(build(kind.name, "" if kind.absent else "a*|b").literals) for kind in BUILT_IN] == [True] + [False] * 7


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="there is already a filter named 'regexp'"):
        built_in_filters().register(FilterType("regexp", lambda _: bool, "", ""))


@given(st.sampled_from([kind.name for kind in BUILT_IN]), st.text() | st.text("*|()[]\\ab+?{}^$"), st.text())
def test_any_expression_decides_or_is_a_client_error(kind, expression, value):
    with suppress(BadQuery):
        assert build(kind, expression).matches(value) in (True, False)


LISTED = ["a", "b", "a|b", "b|c", "a|b|c", "c|a", "a|", "|", ""]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), st.sampled_from(LISTED))
def test_a_list_holds_the_values_that_have_pipes_of_their_own(values, value):
    """What stands between two pipes of the list, or at its ends, is a value, however many pipes it has."""
    matches = build("literal_or", "|".join(values)).matches
    runs = {"|".join(values[i:j]) for i in range(len(values)) for j in range(i + 1, len(values) + 1)}

    assert matches(value) == (value in runs)
    assert build("not_iliteral_or", "|".join(values).upper()).matches(value) == (value not in runs)


@given(
    st.sampled_from(["wildcard", "iwildcard"]),
    st.lists(st.text("aB*?[.|\n"), min_size=2, max_size=4, unique=True),
    st.text("aAbB?[.|\n"),
)
def test_several_readings_match_what_any_of_them_does(kind, expressions, value):
    """They are one regular expression, which says the same as one for each."""
    specs = [FilterSpec(kind, "host", expression) for expression in expressions]
    wanted = [build(kind, expression).matches(value) for expression in expressions if "*" in expression]
    if wanted:
        assert FILTERS.build_any(specs).matches(value) == any(wanted)
    else:
        with pytest.raises(BadFilter, match=r"asterisk|empty"):
            FILTERS.build_any(specs)


def test_many_patterns_are_one_test_of_a_value():
    with patch.object(re2, "compile", wraps=re2.compile) as compiled:
        FILTERS.build_any([FilterSpec("wildcard", "host", f"web{i}*") for i in range(200)])

    assert compiled.call_count == 1


def test_patterns_too_long_for_one_filter_are_refused():
    specs = [FilterSpec("iwildcard", "host", f"*{i}" + "x" * 100_000) for i in range(10)]

    with pytest.raises(BadFilter, match="10 patterns of 1000020 characters are too long for one filter"):
        FILTERS.build_any(specs)


class Unsearchable(str):
    def __contains__(self, text):
        raise AssertionError(f"searched for {text}")


def test_a_list_is_not_searched_for_values_of_other_parts():
    values = ValueList("a|b|c")
    values._text = Unsearchable(values._text)

    assert "a|d" not in values
    with pytest.raises(AssertionError, match="searched"):
        "a|b" in values  # noqa: B015


def test_a_long_list_holds_its_values_and_itself():
    values = [f"host-{i}" for i in range(20_000)]
    matches = build("literal_or", "|".join(values)).matches

    assert matches("host-19999")
    assert matches("|".join(values))
    assert not matches("host-1|host-3")
