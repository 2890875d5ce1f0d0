"""What a plan reads, and the grid of its slots.

OpenTSDB scans whole hours around a query's span: what lies just outside takes part in interpolation and in the first
rate. Where no slot outside the answer can matter, as when digests merge, only the answer is read.
"""

from datetime import tzinfo
from typing import NamedTuple

import numpy as np

from tsdbserver.errors import BadQuery
from tsdbserver.model.calendar import bucket_edges
from tsdbserver.model.query import Downsample
from tsdbserver.model.time import HOUR_MS, Duration, TimeSpan, floor_to
from tsdbserver.query.planning.grid import TimeGrid


class Window(NamedTuple):
    """The span to read, and its slots: None where slots are the times of the stored points."""

    scan: TimeSpan
    grid: TimeGrid | None


def window_of(downsample: Downsample | None, span: TimeSpan, zone: tzinfo, exact: bool, most_slots: int) -> Window:
    """The window of a query over `span`; BadQuery before a grid of more than `most_slots` slots is made."""
    if downsample is None:
        return Window(span if exact else _around(span, 1), None)
    if downsample.interval is None:
        return Window(TimeSpan(span.start, span.end - 1), TimeGrid.whole(span))
    _check_slots(span, downsample, most_slots)
    if downsample.calendar and downsample.step is not None:
        return _calendar_window(downsample.step, span, zone, exact, downsample.steady)
    scan = _shown(span, downsample.interval) if exact else _around(span, downsample.interval)
    return Window(scan, TimeGrid.regular(scan, downsample.interval))


def check_size(series: int, slots: int, most: int) -> None:
    """BadQuery if series × slots are more than `most`."""
    if series * slots > most:
        raise BadQuery(
            f"{series} series × {slots} slots are {series * slots} cells, more than the {most} that a query may take "
            "(setting max-cells)"
        )


def _check_slots(span: TimeSpan, downsample: Downsample, most: int) -> None:
    slots = (span.end - span.start) // (downsample.interval or 1) + 1
    if slots > most:
        raise BadQuery(
            f"{slots} slots of {downsample} are more than the {most} that a query may take (setting max-cells)"
        )


def _calendar_window(step: Duration, span: TimeSpan, zone: tzinfo, exact: bool, steady: bool) -> Window:
    if exact:
        edges = bucket_edges(span, step, zone, steady)
        edges = edges[edges >= span.start]
    else:
        after = bucket_edges(TimeSpan(span.end, span.end), step, zone, steady)[-1]
        edges = bucket_edges(TimeSpan(span.start, _ceiling(int(after), HOUR_MS)), step, zone, steady)
    return Window(TimeSpan(int(edges[0]), int(edges[-1]) - 1) if len(edges) else span, TimeGrid(edges.astype(np.int64)))


def _shown(span: TimeSpan, width: int) -> TimeSpan:
    """From the first slot that begins within the span to the end of the last one that does."""
    return TimeSpan(_ceiling(span.start, width), floor_to(span.end, width) + width - 1)


def _around(span: TimeSpan, width: int) -> TimeSpan:
    """The whole hours around the span and around the slots that hold its ends."""
    start = floor_to(floor_to(span.start, width), HOUR_MS)
    end = _ceiling(floor_to(span.end, width) + width, HOUR_MS)
    return TimeSpan(start, _ceiling(end, width) - 1)


def _ceiling(time: int, width: int) -> int:
    return floor_to(time + width - 1, width)
