"""Texts that only Grafana sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.time import UNIT_MS, Duration
from tsdbserver.wire.query.grafana_repair import mended_downsample, without_variables

INTERVALS = {
    "10 s-avg": "10s-avg",
    "0.5m-avg": "30s-avg",
    " 1.5 h - p99 - zero": "90m-p99-zero",
    "1.25s-sum": "1250ms-sum",
    ".5m-": "30s-avg",
    "0.5dc-avg": "12hc-avg",
    "2.0nc-avg": "2nc-avg",
    "0.0001s-avg": "1ms-avg",
    "0.4999999s-avg": "500ms-avg",
    "1.5-avg": "1.5-avg",
    "1.5x-avg": "1.5x-avg",
    "$__interval-avg": "$__interval-avg",
}


@pytest.mark.parametrize("text, mended", INTERVALS.items())
def test_intervals_as_people_type_them(text, mended):
    assert mended_downsample(text) == mended


@given(st.integers(1, 10**6), st.integers(0, 999), st.sampled_from(["s", "m", "h", "d", "w"]))
def test_a_number_with_a_point_is_as_long_as_it_says(whole, thousandths, unit):
    mended = mended_downsample(f"{whole}.{thousandths:03} {unit}-avg").removesuffix("-avg")

    assert Duration.parse(mended).ms == (1000 * whole + thousandths) * UNIT_MS[unit] // 1000


@given(st.text())
def test_any_interval(text):
    assert isinstance(mended_downsample(text), str)


@given(st.sampled_from(["30s", "1m", "500ms", "1dc", "0all"]), st.sampled_from(["avg", "p99", "cdf_0.5"]),
       st.sampled_from(["", "-nan", "-null", "-zero"]))  # fmt: skip
def test_what_makes_sense_is_left_alone(interval, function, fill):
    assert mended_downsample(f"{interval}-{function}{fill}") == f"{interval}-{function}{fill}"


def test_variables():
    tags = {"a": "$host", "b": "${host}", "c": "[[host]]", "d": "${host:pipe}", "e": "*", "f": "cost$", "g": "$a|$b"}

    assert without_variables(tags) == {"e": "*", "f": "cost$", "g": "$a|$b"}
