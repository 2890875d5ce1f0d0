"""Which group and slot each thing that was read belongs to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tsdbserver.query.execution.groups import Groups, group
from tsdbserver.query.planning.grid import TimeGrid
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.planning.window import check_size


class Cells(NamedTuple):
    """What was read belongs, one by one, to the cells `keys` = group · slots + slot."""

    grid: TimeGrid
    groups: Groups
    keys: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Groups and slots."""
        return len(self.groups), len(self.grid)

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.groups) * len(self.grid)


def cells_of(plan: Plan, times: NDArray[np.int64], series: NDArray[np.intp]) -> Cells:
    """The cells of things of these times and series (positions in the plan's), grouped as the plan wants it.

    A series of which nothing was read is in no group.
    """
    if plan.grid is None:
        times = times - times % plan.sub_query.resolution
    grid = plan.grid if plan.grid is not None else union(plan, times)
    members, positions = np.unique(series, return_inverse=True)
    if not len(members):
        return Cells(grid, NO_GROUPS, positions)
    groups = group(plan.series, members, plan.group_by)
    return Cells(grid, groups, groups.of_series[positions] * len(grid) + grid.slots_of(times))


def union(plan: Plan, times: NDArray[np.int64]) -> TimeGrid:
    """A slot for each stored time: only now is it known how many there are."""
    grid = TimeGrid.union(times)
    check_size(len(plan.series), len(grid), plan.most_cells)
    return grid


NO_GROUPS = Groups(np.empty(0, np.intp), [], [], np.empty(0, np.intp))
