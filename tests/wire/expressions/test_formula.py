"""The arithmetic of exp: how it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadQuery
from tsdbserver.model.formula import Constant, Formula, Name
from tsdbserver.wire.expressions.formula import MAX_DEPTH, MAX_LENGTH, parse_formula


def steps(text):
    """The steps as text, operators behind their operands."""
    shown = []
    for step in parse_formula(text).steps:
        match step:
            case Constant(value):
                shown.append(f"{value:g}")
            case Name(name):
                shown.append(name)
            case operator:
                shown.append(str(operator))
    return " ".join(shown)


READ = {
    "a": "a",
    "a + b * 2": "a b 2 * +",
    "(a + b) * 2": "a b + 2 *",
    "a - b - c": "a b - c -",
    "a / b / c % d": "a b / c / d %",
    "-a * -2": "a negate 2 negate *",
    "--a": "a negate negate",
    "+a": "a",
    "a-1": "a 1 -",
    "1.5e3+.25": "1500 0.25 +",
    "a == b != c": "a b == c !=",
    "a < b && c >= d || !e": "a b < c d >= && e ! ||",
    "a lt b and c ge d or not e": "a b < c d >= && e ! ||",
    "a eq b": "a b ==",
    "a ne b div c mod d": "a b c / d % !=",
    "a gt 1 ? a : b le 2 ? b : 0": "a 1 > a b 2 <= b 0 ?: ?:",
    "true + false": "1 0 +",
    "\t a1\n+\u00e9b2 ": "a1 \u00e9b2 +",
}


@pytest.mark.parametrize("text, program", READ.items())
def test_a_formula_is_a_program(text, program):
    assert steps(text) == program


def test_names_stand_in_the_order_of_the_text():
    assert parse_formula("b + a * b + and1").names == ("b", "a", "and1")


BROKEN = {
    "": "it ends too early",
    "a +": "it ends too early",
    "a b": "'b' is not expected there",
    "2a": "'a' is not expected there",
    "a ** b": "'*' is not expected there",
    "(a": "it ends where ')' should be",
    "(a]": "']' stands where ')' should be",
    "a)": "')' is not expected there",
    "a ? b": "it ends where ':' should be",
    "a = b": "'=' is not expected there",
    "a & b": "'&' is not expected there",
    "and + 1": "'and' is not expected there",
    "a[0]": "'[' is not expected there",
    "a.b": "'.' is not expected there",
    "size(a)": "'(' is not expected there",
    "'a'": "''' is not expected there",
    "a + 1e999": "'1e999' is past the greatest number",
}


@pytest.mark.parametrize("text, reason", BROKEN.items())
def test_what_is_no_formula_is_refused_with_its_text_and_the_reason(text, reason):
    with pytest.raises(BadQuery) as refused:
        parse_formula(text)

    assert refused.value.message == f"Expression [{text}] cannot be parsed: {reason}"


@pytest.mark.parametrize("nested", ["({})", "-{}", "!{}", "a ? {} : b", "a ? b : {}"])
def test_nesting_has_a_limit(nested):
    def deep(depth):
        text = "x"
        for _ in range(depth):
            text = nested.format(text)
        return text

    parse_formula(deep(MAX_DEPTH))
    with pytest.raises(BadQuery, match="nested more than"):
        parse_formula(deep(MAX_DEPTH + 1))


def test_length_has_a_limit_and_a_long_sum_is_no_deep_one():
    terms = (MAX_LENGTH + 1) // 2

    assert len(parse_formula("+".join("a" * terms)).steps) == 2 * terms - 1
    with pytest.raises(BadQuery, match="no more than 4096"):
        parse_formula("+".join("a" * (terms + 1)))


@given(st.text(alphabet="ab1. +-*/%()!<>=&|?:eE\t\\'[]é²") | st.text())
def test_any_text_is_read_or_refused(text):
    try:
        formula = parse_formula(text)
    except BadQuery:
        return
    assert isinstance(formula, Formula)
    assert formula.steps
