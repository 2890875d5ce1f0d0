"""Answers of `/api/query`, and how they differ from what a script expects."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.scriptlang.script import Failure, Row, Tags, Value
from tests.scriptlang.times import shown


@dataclass(frozen=True)
class Result:
    """One result of an answer; times in ms, None for null."""

    metric: str
    tags: Tags
    aggregated: tuple[str, ...]
    points: Mapping[int, float | None]


Answer = Sequence[Result] | Failure


def from_json(status: int, body: bytes, ms: bool) -> Answer:
    """The answer in an HTTP response, whose times are ms if they were asked for, else seconds."""
    answer = json.loads(body)
    if status != 200:
        error = answer["error"]
        return Failure(status, f"{error['message']} {error.get('details', '')}".strip())
    return [
        Result(
            metric=result["metric"],
            tags=tuple(sorted(result["tags"].items())),
            aggregated=tuple(sorted(result["aggregateTags"])),
            points={int(time) * (1 if ms else 1000): _number(value) for time, value in result["dps"].items()},
        )
        for result in answer
    ]


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def differences(expected: Sequence[Row] | Failure, answer: Answer, metric: str) -> Iterator[str]:
    """What is wrong with an answer, a line each; nothing if it is as expected. A result without points is none."""
    if isinstance(expected, Failure) or isinstance(answer, Failure):
        if not _same_failure(expected, answer):
            yield f"expected {_outline(expected)}, got {_outline(answer)}"
        return
    missing = {(row.tags, row.aggregated): row for row in expected}
    for result in filter(lambda result: result.points, answer):
        row = missing.pop((result.tags, result.aggregated), None)
        name = _name(result.tags, result.aggregated)
        if result.metric != metric:
            yield f"{name}: expected the metric {metric}, got {result.metric}"
        if row is None:
            yield f"{name}: not expected, or not twice: {_points(result.points)}"
        else:
            yield from (f"{name} at {line}" for line in _point_differences(row.points, result.points))
    yield from (f"{_name(*key)}: not in the answer" for key in missing)


def _same_failure(expected: Sequence[Row] | Failure, answer: Answer) -> bool:
    return (
        isinstance(expected, Failure)
        and isinstance(answer, Failure)
        and expected.status == answer.status
        and expected.text in answer.text
    )


def _outline(answer: Sequence[Row] | Sequence[Result] | Failure) -> str:
    if isinstance(answer, Failure):
        return f"error {answer.status} {answer.text}"
    return f"{len(answer)} results" if answer else "empty"


def _point_differences(expected: Mapping[int, Value], got: Mapping[int, float | None]) -> Iterator[str]:
    for time in sorted(expected.keys() | got.keys()):
        if time not in got:
            yield f"{shown(time)}: expected {_text(expected[time].number)}, got no point"
        elif time not in expected:
            yield f"{shown(time)}: expected no point, got {_text(got[time])}"
        elif not _agree(expected[time], got[time]):
            yield f"{shown(time)}: expected {_text(expected[time].number)}, got {_text(got[time])}"


def _agree(expected: Value, got: float | None) -> bool:
    if expected.number is None or got is None:
        return expected.number is got
    if math.isnan(expected.number):
        return math.isnan(got)
    return abs(expected.number - got) <= expected.tolerance


def _text(number: float | None) -> str:
    return "null" if number is None else "NaN" if math.isnan(number) else f"{number:.12g}"


def _points(points: Mapping[int, float | None]) -> str:
    return " ".join(f"{shown(time)}={_text(value)}" for time, value in sorted(points.items()))


def _name(tags: Tags, aggregated: tuple[str, ...]) -> str:
    pairs = ",".join(f"{key}={value}" for key, value in tags)
    return " ".join((f"{{{pairs}}}", *(("aggregated", *aggregated) if aggregated else ())))
