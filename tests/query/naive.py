"""The query semantics once more, written for reading: one series after another, one point after another, plain Python.

Knows fixed slots and the union of stored times (width None), fill policies, rates, interpolation and grouping of scalar
series. Series are {tags (a sorted tuple of pairs): {time in ms: value}}; an answer is {group: {time: value}}, NaN for
a gap that shows.
"""

from collections.abc import Callable
from itertools import pairwise
from math import nan
from statistics import fmean, pstdev

HOUR = 3_600_000

REDUCE: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "avg": fmean,
    "min": min,
    "max": max,
    "count": len,
    "median": lambda values: sorted(values)[len(values) // 2],
    "dev": pstdev,
    "zimsum": sum,
    "pfsum": sum,
    "squareSum": lambda values: sum(value * value for value in values),
}

ZERO_IN_GAPS = {"count", "zimsum", "squareSum"}


def answer(series, start, end, aggregator, *, width, function, fill="none", rate=False, group_by=()):
    groups: dict[tuple[tuple[str, str], ...], list[dict[int, float]]] = {}
    for tags, points in series.items():
        slots = downsampled(points, start, end, width, function)
        if not slots:
            continue
        if fill == "zero":
            slots = {time: slots.get(time, 0.0) for time in scanned(start, end, width)}
        if rate:
            slots = rates(slots, scanned(start, end, width) if fill in ("nan", "null") else sorted(slots))
        key = tuple((k, v) for k, v in tags if k in group_by)
        groups.setdefault(key, []).append(slots)
    return {
        key: aggregated(members, start, end, aggregator, width, function, fill, rate) for key, members in groups.items()
    }


def scanned(start, end, width):
    """All slots in the whole hours around the span."""
    first = start // width * width // HOUR * HOUR
    last = -(-(end // width * width + width) // HOUR) * HOUR
    return range(first // width * width, last, width)


def downsampled(points, start, end, width, function):
    inside = scanned(start, end, width or 1)
    read = {time: value for time, value in sorted(points.items()) if inside.start <= time < inside.stop}
    if width is None:
        return read
    slots: dict[int, list[float]] = {}
    for time, value in read.items():
        slots.setdefault(time // width * width, []).append(value)
    return {time: float(REDUCE[function](values)) for time, values in slots.items()}


def rates(slots, times):
    """A rate at each time that has a value and whose predecessor among `times` has one."""
    result = {}
    for before, time in pairwise(times):
        if before in slots and time in slots:
            result[time] = (slots[time] - slots[before]) / ((time - before) / 1000)
    return result


def contribution(slots, time, aggregator, function, fill, rate):
    """What a series adds to a slot; None for nothing."""
    if time in slots or fill != "none":
        return slots.get(time)
    before = [t for t in slots if t < time]
    after = [t for t in slots if t > time]
    if not before or not after:
        return None
    left, right = max(before), min(after)
    if rate:
        return slots[left]
    if function == "count" or aggregator in ZERO_IN_GAPS:
        return 0.0
    if aggregator == "pfsum":
        return slots[left]
    return slots[left] + (slots[right] - slots[left]) * (time - left) / (right - left)


def aggregated(members, start, end, aggregator, width, function, fill, rate):
    result = {}
    stored = sorted({time for slots in members for time in slots})
    for time in scanned(start, end, width) if width else stored:
        if not start <= time <= end:
            continue
        if fill == "none" and not any(time in slots for slots in members):
            continue
        values = [contribution(slots, time, aggregator, function, fill, rate) for slots in members]
        present = [value for value in values if value is not None]
        # Of nothing every function is nothing, but for the number of values, which is 0.
        result[time] = float(REDUCE[aggregator](present)) if present or aggregator == "count" else nan
    return result
