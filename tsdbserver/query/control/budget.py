"""What one request may hold in memory together. Each sub query and each join is bounded by itself."""

from collections.abc import Sequence

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries

MAX_RESULTS = 1_000_000
"""Of all sub queries: one takes about as much memory as a hundred points, however few it has."""


class Budget:
    """Cells and results that may be spent."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self._spent = 0
        self._results = 0

    def take(self, results: Sequence[ResultSeries]) -> None:
        """Keep some results. BadQuery when all that were kept are too many, or too large together."""
        self._results += len(results)
        if self._results > MAX_RESULTS:
            raise BadQuery(f"Too many results: {self._results} maximum allowed: {MAX_RESULTS}")
        self.spend(sum(len(result.times) for result in results))

    def spend(self, cells: int) -> None:
        """Lay out some cells. BadQuery when all that were spent are more than there are."""
        self._spent += cells
        if self._spent > self.cells:
            raise BadQuery(
                f"all sub queries and expressions together take {self._spent} cells, more than the {self.cells} that a "
                "query may take (setting max-cells)"
            )
