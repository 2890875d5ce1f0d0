"""A refusal says its cause where it is known, and nobody guesses it from the words."""

import msgpack
import orjson
import pytest

from tests.batches import COUNTER, GAUGE, T0, TREND, message, trend
from tsdbserver.errors import BadPoint
from tsdbserver.model.refusal import CAUSES, Reason
from tsdbserver.wire.batch.json_parser import parse_batch as parse_json
from tsdbserver.wire.batch.msgpack_parser import parse_batch
from tsdbserver.wire.points.histogram_text import parse_histogram_line
from tsdbserver.wire.points.put_json import parse_put
from tsdbserver.wire.points.put_line import parse_put_line

GOOD = ("requests", {"host": "a"}, COUNTER, [7.0, 7])


@pytest.mark.parametrize(
    ("series", "cause"),
    [
        (("requests", {"host": "b"}, COUNTER, [float("inf"), 7]), "value"),
        (("requests", {"host": "b"}, COUNTER, [float("nan"), 7]), "value"),
        (("vus", {"host": "b"}, GAUGE, [3.0, T0, float("-inf"), 3.0, 3.0, 1]), "value"),
        (("rt", {"host": "b"}, TREND, [2, float("nan"), *trend(1, 2)[2:]]), "value"),
        (("requests", {f"k{i}": "v" for i in range(65)}, COUNTER, [7.0, 7]), "tags"),
        (("", {"host": "b"}, COUNTER, [7.0, 7]), "name"),
        (("requests", {"": "b"}, COUNTER, [7.0, 7]), "name"),
        (("rt", {"host": "b"}, TREND, [9, *trend(1, 2)[1:]]), "other"),
    ],
)
def test_series_that_cannot_be_read(series, cause):
    ((_, reason),) = parse_batch(msgpack.packb(message(GOOD, series))).refused
    assert reason.cause == cause


@pytest.mark.parametrize(
    ("series", "cause"),
    [
        ({"digest": {"centroids": [{"m": 1e308, "c": 2}, {"m": 1.1e308, "c": 2}]}}, "value"),
        ({}, "value"),
        ({"counter": 1, "gauge": 2}, "other"),
        ({"metric": "kind 'metric '" * 1000, "counter": 1}, "name"),
        ({"rate": {"nonzero": 10**18, "total": 3}}, "other"),
    ],
)
def test_series_of_the_json_form_that_cannot_be_read(series, cause):
    good = {"metric": "requests", "counter": 1}
    body = {"iid": "me", "seq": 1, "t0": T0, "iv": 10_000, "series": [good, {"metric": "metric 'x'", **series}]}
    ((_, reason),) = parse_json(orjson.dumps(body)).refused
    assert reason.cause == cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("put m x1 1 a=b", "timestamp"),
        ("put m -5 1 a=b", "timestamp"),
        ("put m 99999999999999999 1 a=b", "timestamp"),
        ("put m 1 x1 a=b", "value"),
        ("put m 1 1 a", "tags"),
        ("put m 1 1 a=b a=c", "tags"),
        ("put m! 1 1 a=b", "name"),
        ("put m 1", "other"),
    ],
)
def test_lines(line, cause):
    with pytest.raises(BadPoint) as refusal:
        parse_put_line(line.split(" "))
    assert refusal.value.reason.cause == cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("histogram m x1 0,1=2 a=b", "timestamp"),
        ("histogram m 1 0,x=2 a=b", "histogram"),
        ("histogram m 1 0,1=x a=b", "histogram"),
        ("histogram m 1 0;1=2 a=b", "histogram"),
    ],
)
def test_histogram_lines(line, cause):
    with pytest.raises(BadPoint) as refusal:
        parse_histogram_line(line.split(" ")).point()
    assert refusal.value.reason.cause == cause


@pytest.mark.parametrize(
    ("point", "cause"),
    [
        ({"metric": "too old", "timestamp": 1, "value": 1, "tags": {"a": "b"}}, "name"),
        ({"metric": "m", "timestamp": 1, "value": "unauthorized", "tags": {"a": "b"}}, "value"),
        ({"metric": "m", "timestamp": 0, "value": 1, "tags": {"a": "b"}}, "timestamp"),
        ({"metric": "m", "timestamp": 1, "value": 1}, "tags"),
    ],
)
def test_points(point, cause):
    (put,) = parse_put(orjson.dumps(point))
    assert put.error.cause == cause


def test_a_reason_has_a_known_cause():
    assert Reason("no").cause == "other"
    with pytest.raises(ValueError, match="unknown cause 'oops'"):
        Reason("no", "oops")
    assert list(CAUSES) == sorted(CAUSES)
