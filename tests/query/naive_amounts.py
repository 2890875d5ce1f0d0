"""What amounts mean, written for reading: one series, one slot, one interval after another, plain Python.

A report is (start, width, amount), all of one series; several of one start and width add up. A slot is (start, end).
"""

from collections.abc import Callable
from math import nan
from statistics import fmean, pstdev
from typing import NamedTuple

READ: dict[str, Callable[[list[float]], float]] = {
    "avg": fmean,
    "min": min,
    "max": max,
    "dev": pstdev,
    "median": lambda values: sorted(values)[len(values) // 2],
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "diff": lambda values: values[-1] - values[0],
    "squareSum": lambda values: sum(value * value for value in values),
}
AGGREGATE: dict[str, Callable[[list[float]], float]] = {"sum": sum, "avg": fmean, "min": min, "max": max, "count": len}
TOTALS = ("sum", "zimsum", "pfsum")
FUNCTIONS = sorted({*READ, *TOTALS, "count"})


class Known(NamedTuple):
    """Until when a metric is known at a time, and the time after which slots that end are open."""

    until: int
    closed: int
    now: int

    @classmethod
    def of(cls, series, now):
        """By the newest interval that is over: of the future nothing is known."""
        ends = [(start + width, -width) for reports in series.values() for start, width, _ in reports]
        end, width = max((over for over in ends if over[0] <= now), default=(0, 0))
        return cls(end, now + width - 5_000, now)

    def is_open(self, slot):
        return slot[1] > self.closed and slot[0] < self.now

    def end(self, slot):
        """Until when a slot is known; one with nothing but intervals that are not over until now."""
        if not self.is_open(slot):
            return slot[1]
        return min(slot[1], self.until if slot[0] < self.until else self.now)


def amount(reports, slot, function, known):
    """The value of a counter's slot, None if it has none."""
    inside = [(start, width, value) for start, width, value in reports if slot[0] <= start < slot[1]]
    if not inside:
        return None
    by_start: dict[int, float] = {}
    for start, _, value in inside:
        by_start[start] = by_start.get(start, 0) + value
    if function == "count":
        return len(by_start)
    if function in TOTALS:
        return sum(by_start.values())
    for width in {width for _, width, _ in inside}:
        last = max(start for start, of_width, _ in inside if of_width == width)
        for start in range(-(-slot[0] // width) * width, slot[1], width):
            if not known.is_open(slot) or start + width <= known.until or start <= last:
                by_start.setdefault(start, 0.0)
    return READ[function]([value for _, value in sorted(by_start.items())])


def rate(reports, slot, function, known):
    """The value of a slot of `.rate`, None if it has none."""
    if function == "count":
        return amount(reports, slot, function, known)
    reaching = [(start, width, value) for start, width, value in reports if start < slot[1] and start + width > slot[0]]
    if not reaching:
        return None
    end = known.end(slot)
    if function in (*TOTALS, "avg"):
        spread = [
            value * (min(start + width, end) - max(start, slot[0])) / width
            for start, width, value in reaching
            if start < end
        ]
        return sum(spread) * 1000 / (end - slot[0]) if spread else None
    moments = set()
    for width in {width for _, width, _ in reaching}:
        last = max(start for start, of_width, _ in reaching if of_width == width)
        moments |= {max(start, slot[0]) for start in range(slot[0] // width * width, max(end, last + 1), width)}
    return READ[function](
        [
            sum(value * 1000 / width for start, width, value in reaching if start <= moment < start + width)
            for moment in sorted(moments)
        ]
    )


def answer(series, slots, aggregator, function, fill, now, read):
    """{slot start: value} of one group of series by name; `read` is `amount` or `rate`."""
    known = Known.of(series, now)
    rows = [[read(reports, slot, function, known) for slot in slots] for reports in series.values()]
    rows = [row for row in rows if any(value is not None for value in row)]
    result = {}
    for i, (start, _) in enumerate(slots) if rows else ():
        if fill == "none" and all(row[i] is None for row in rows):
            continue
        values = [value for row in rows if (value := _contribution(row, i, fill)) is not None]
        result[start] = float(AGGREGATE[aggregator](values)) if values or aggregator == "count" else nan
    return result


def _contribution(row, i, fill):
    if row[i] is not None:
        return row[i]
    if fill == "zero":
        return 0.0
    has_before = any(value is not None for value in row[:i])
    has_after = any(value is not None for value in row[i + 1 :])
    return 0.0 if fill == "none" and has_before and has_after else None
