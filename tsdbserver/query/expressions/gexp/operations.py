"""`sumSeries`, `diffSeries`, `multiplySeries` and `divideSeries`: what series with the same tags make together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Shown
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.series import TagSet, tag_set
from tsdbserver.query.expressions.alignment import align
from tsdbserver.query.expressions.arithmetic import Operation
from tsdbserver.query.expressions.series import Results, Scope, SeriesFunction, Times, joined

FEWEST, MOST = 2, 26
"""How many operands there may be: OpenTSDB names them a to z."""

Members = NDArray[np.intp]
"""[operand, group] → the position of the series among those of all operands; −1 where the operand has none."""

Kept = slice | NDArray[np.bool_]
"""Which times a group has points at."""


def series_operation(operation: Operation) -> SeriesFunction:
    """The function that joins its operands by tags, and of the values of each group at a time makes one, from left to
    right. Whatever is missing counts as 0.

    BadQuery for other than 2 to 26 operands, and if series that meet have points at different times.
    """

    def run(operands: Sequence[Results], _literals: Sequence[str], scope: Scope) -> list[ResultSeries]:
        if not FEWEST <= len(operands) <= MOST:
            raise BadQuery(f"Must have {FEWEST} to {MOST} series, got {len(operands)} instead")
        return _joined(operation, operands, scope)

    return run


def _joined(operation: Operation, operands: Sequence[Results], scope: Scope) -> list[ResultSeries]:
    every = joined(operands)
    if not every:
        return []
    members = _members(operands)
    aligned = align(every, scope.most_cells)
    present = _present(aligned.present, members)
    # The last row is what −1 names: an operand without a series.
    values = np.vstack([np.where(np.isnan(aligned.values), 0.0, aligned.values), np.zeros(len(aligned.times))])
    with np.errstate(over="ignore", invalid="ignore"):
        made = reduce(operation, (values[positions] for positions in members))
    # Results without a gap share one column of times, which their rendering notices.
    shown: list[Kept] = [slice(None) if kept.all() else kept for kept in present]
    return [
        replace(_met(every, group, scope.shown), times=_picked(aligned.times, kept), values=row[kept])
        for group, row, kept in zip(members.T, made, shown, strict=True)
    ]


def _picked(times: Times, kept: Kept) -> Times:
    return times if isinstance(kept, slice) else times[kept]


def _met(every: Results, group: NDArray[np.intp], shown: Shown) -> ResultSeries:
    """What a group is called: as its first series, without tags where the first operand has none. It has the ids of all
    its series, and, as in OpenTSDB, none of their annotations.
    """
    series: list[ResultSeries] = [every[position] for position in group[group >= 0].tolist()]
    first = series[0] if group[0] >= 0 else replace(series[0], tags={}, aggregate_tags=[])
    tsuids = sorted({tsuid for one in series for tsuid in one.tsuids or ()})
    return replace(first, tsuids=tsuids if shown.tsuids else None, annotations=() if shown.annotations else None)


def _members(operands: Sequence[Results]) -> Members:
    """Who meets whom: groups in the order in which their tags first appear. BadQuery for equal tags in an operand."""
    groups: dict[TagSet, int] = {}
    places = [[groups.setdefault(tag_set(result.tags), len(groups)) for result in results] for results in operands]
    members = np.full((len(operands), len(groups)), -1, np.intp)
    first = 0
    for row, operand in enumerate(places):
        _check_distinct(operand, operands[row])
        members[row, operand] = np.arange(first, first + len(operand))
        first += len(operand)
    return members


def _check_distinct(places: Sequence[int], results: Results) -> None:
    if len(set(places)) == len(places):
        return
    place, _ = Counter(places).most_common(1)[0]
    again = results[places.index(place)]
    tags = ", ".join(f"{key}={value}" for key, value in sorted(again.tags.items()))
    raise BadQuery(
        f"An operand has several series with the tags {{{tags}}}: {again.metric}",
        "series meet by their tags, so that one of them would be lost: ask for one percentile, or group by more tags",
    )


def _present(present: NDArray[np.bool_], members: Members) -> NDArray[np.bool_]:
    """[group, time]: where a group has points. BadQuery where one of its series has one and another has not."""
    some = np.vstack([present, np.zeros(present.shape[1], np.bool_)])
    every = np.vstack([present, np.ones(present.shape[1], np.bool_)])
    any_has: NDArray[np.bool_] = reduce(np.logical_or, (some[positions] for positions in members))
    all_have = reduce(np.logical_and, (every[positions] for positions in members))
    if (any_has != all_have).any():
        raise BadQuery(
            "No more elements",
            "series that meet must have points at the same times, in all the hours that are read: "
            "downsample them with a fill policy, such as 1m-avg-zero",
        )
    return any_has
