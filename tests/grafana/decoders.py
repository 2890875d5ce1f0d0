"""How answers are read: as strictly as Go's decoder, and as loosely as a browser.

`read_go` refuses what Go's `json.Unmarshal` into the data source's types refuses, and what makes Grafana draw nonsense
without a word (null drawn as 0, times that go back, two series with the same labels).
"""

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


class Unreadable(Exception):
    """The data source fails here, or shows what was never stored."""


@dataclass(frozen=True)
class Frame:
    """A series as Grafana has it: labels, and (seconds since the epoch, value)."""

    name: str
    labels: tuple[tuple[str, str], ...]
    points: tuple[tuple[float, float], ...]
    annotations: tuple[tuple[int, str], ...] = ()
    global_annotations: tuple[tuple[int, str], ...] = ()

    @property
    def label(self) -> dict[str, str]:
        return dict(self.labels)


def read_go(body: bytes, arrays: bool) -> list[Frame]:
    """The frames of generation B and of every alert rule; Unreadable says why there are none."""
    answer = _json(body)
    if not isinstance(answer, list):
        raise Unreadable(f"cannot unmarshal {type(answer).__name__} into a list of results")
    frames = [_frame(result, _go_pairs if arrays else _go_map) for result in answer]
    labels = [(frame.name, frame.labels) for frame in frames]
    if len(set(labels)) < len(labels):
        raise Unreadable(f"a frame cannot uniquely be identified by its labels: {labels}")
    return frames


def read_browser(body: bytes, milliseconds: bool) -> list[Frame]:
    """The frames of F1 and F2, which take a time for milliseconds by a setting alone."""
    answer = _json(body)
    if not isinstance(answer, list):
        raise Unreadable("results.map is not a function")
    unit = 1000 if milliseconds else 1
    return [_frame(result, lambda dps: _browser_points(dps, unit)) for result in answer]


def _json(body: bytes) -> Any:
    def no_constant(text: str) -> None:
        raise Unreadable(f"invalid JSON: {text}")

    def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise Unreadable(f"a key stands twice: {pairs}")
        return dict(pairs)

    try:
        return json.loads(body, parse_constant=no_constant, object_pairs_hook=no_twins)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _frame(result: Any, points: Any) -> Frame:
    if not isinstance(result, dict):
        raise Unreadable(f"a result is {result!r}")
    return Frame(
        _text(result.get("metric"), "metric"),
        tuple(sorted((key, _text(value, f"tags.{key}")) for key, value in _object(result, "tags").items())),
        tuple(points(result.get("dps"))),
        _annotations(result, "annotations"),
        _annotations(result, "globalAnnotations"),
    )


def _object(result: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(result.get(name), dict):
        raise Unreadable(f"{name} is {result.get(name)!r}")
    if not all(isinstance(key, str) for key in result.get("aggregateTags", [])):
        raise Unreadable("aggregateTags are not all texts")
    return dict(result[name])


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"{name} is {value!r}, no text")
    return value


def _number(value: Any) -> float:
    """null would do for Go, and be drawn as 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unreadable(f"a value is {value!r}, no finite number")
    return float(value)


def _go_map(dps: Any) -> list[tuple[int, float]]:
    if not isinstance(dps, dict):
        raise Unreadable(f"cannot unmarshal {type(dps).__name__} into a map of points")
    if not all(key.isascii() and key.isdecimal() for key in dps):
        raise Unreadable(f"a time is no integer: {list(dps)[:3]}")
    keys = sorted(dps)  # as texts: that is why they must have one length
    return _in_seconds([(int(key), _number(dps[key])) for key in keys])


def _go_pairs(dps: Any) -> list[tuple[int, float]]:
    if not isinstance(dps, list) or not all(isinstance(pair, list) and len(pair) >= 2 for pair in dps):
        raise Unreadable("points are no pairs")
    if not all(isinstance(pair[0], int) for pair in dps):
        raise Unreadable("a time is no integer")
    return _in_seconds([(pair[0], _number(pair[1])) for pair in dps])


def _in_seconds(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    times = [time for time, _ in points]
    if any(time >= 1 << 32 for time in times):
        raise Unreadable(f"a time would be drawn far ahead: {times[-1]}")
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise Unreadable(f"times do not ascend: {times[:5]}")
    return points


def _browser_points(dps: Any, unit: int) -> list[tuple[float, float]]:
    if not isinstance(dps, dict):
        raise Unreadable("dps is no object")
    # Integer keys come in ascending order from a browser's object, whatever their order in the text.
    points = [(int(key) / unit, value) for key, value in sorted(dps.items(), key=lambda point: int(point[0]))]
    if any(time >= 1 << 32 for time, _ in points):
        raise Unreadable("a time would be drawn far ahead")
    return [(time, _number(value)) for time, value in points]


def _annotations(result: dict[str, Any], name: str) -> tuple[tuple[int, str], ...]:
    events = result.get(name) or []
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise Unreadable(f"{name} is {events!r}")
    return tuple((_seconds(event.get("startTime")), event.get("description") or "") for event in events)


def _seconds(time: Any) -> int:
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise Unreadable(f"startTime is {time!r}, no number")
    if time >= 1 << 32:
        raise Unreadable(f"startTime {time} lands thousands of years ahead")
    return math.floor(time)
