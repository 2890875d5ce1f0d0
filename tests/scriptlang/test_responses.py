"""What is said of an answer that is not the expected one."""

import math

import pytest

from tests.scriptlang.responses import Result, differences, from_json
from tests.scriptlang.script import Failure, Row, Value
from tests.scriptlang.times import BASE

HOST_A = (("host", "a"),)


def row(*values, tags=HOST_A, aggregated=()):
    points = {BASE + 10_000 * i: Value(v, 0.01) for i, v in enumerate(values) if v != "_"}
    return Row(tags, aggregated, points)


def result(*values, tags=HOST_A, aggregated=(), metric="m"):
    return Result(metric, tags, aggregated, {BASE + 10_000 * i: v for i, v in enumerate(values) if v != "_"})


@pytest.mark.parametrize(
    "expected, got",
    [
        ([], []),
        ([], [result()]),
        ([row(1, 2)], [result(1, 2.009)]),
        ([row(1, "_", None, math.nan)], [result(1, "_", None, math.nan)]),
        ([row(1), row(2, tags=())], [result(2, tags=()), result(1)]),
        (Failure(400, "such name"), Failure(400, "No such name for x")),
    ],
)
def test_an_answer_as_expected(expected, got):
    assert list(differences(expected, got, "m")) == []


WRONG = {
    "value": ([row(1, 2)], [result(1, 3)], "{host=a} at 10s: expected 2, got 3"),
    "just too far off": ([row(1)], [result(1.011)], "{host=a} at 0s: expected 1, got 1.011"),
    "missing point": ([row(1, 2)], [result(1)], "{host=a} at 10s: expected 2, got no point"),
    "point too many": ([row(1)], [result(1, 2)], "{host=a} at 10s: expected no point, got 2"),
    "NaN for null": ([row(None)], [result(math.nan)], "{host=a} at 0s: expected null, got NaN"),
    "null for NaN": ([row(math.nan)], [result(None)], "{host=a} at 0s: expected NaN, got null"),
    "number for NaN": ([row(math.nan)], [result(0.0)], "{host=a} at 0s: expected NaN, got 0"),
    "NaN for a number": ([row(0)], [result(math.nan)], "{host=a} at 0s: expected 0, got NaN"),
    "missing result": ([row(1)], [], "{host=a}: not in the answer"),
    "result too many": ([], [result(1, 2)], "{host=a}: not expected, or not twice: 0s=1 10s=2"),
    "result twice": ([row(1)], [result(1), result(1)], "{host=a}: not expected, or not twice: 0s=1"),
    "aggregated": ([row(1)], [result(1, aggregated=("dc",))], "{host=a}: not in the answer"),
    "metric": ([row(1)], [result(1, metric="n")], "{host=a}: expected the metric m, got n"),
    "status": (Failure(400, "x"), Failure(500, "x"), "expected error 400 x, got error 500 x"),
    "text": (Failure(400, "x"), Failure(400, "y"), "expected error 400 x, got error 400 y"),
    "no error": (Failure(400, "x"), [result(1)], "expected error 400 x, got 1 results"),
    "error": ([], Failure(400, "x"), "expected empty, got error 400 x"),
}


@pytest.mark.parametrize("expected, got, line", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_answer_is_told_line_by_line(expected, got, line):
    assert line in list(differences(expected, got, "m"))


def test_an_answer_in_seconds_and_one_in_milliseconds():
    body = b'[{"metric":"m","tags":{},"aggregateTags":["b","a"],"dps":{"1356998400":1,"1356998401":2}}]'

    assert from_json(200, body, ms=False) == [Result("m", (), ("a", "b"), {BASE: 1.0, BASE + 1000: 2.0})]
    assert from_json(200, body, ms=True) == [Result("m", (), ("a", "b"), {1356998400: 1.0, 1356998401: 2.0})]


def test_an_answer_without_values():
    body = b'[{"metric":"m","tags":{"host":"a"},"aggregateTags":[],"dps":{"1356998400":"NaN","1356998410":null}}]'

    assert list(differences([row(math.nan, None)], from_json(200, body, ms=False), "m")) == []


def test_an_error_is_its_message_and_details():
    body = b'{"error":{"code":400,"message":"Unable to parse","details":"because"}}'

    assert from_json(400, body, ms=False) == Failure(400, "Unable to parse because")
