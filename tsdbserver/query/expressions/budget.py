"""What the expressions of one request may hold in memory together."""

from tsdbserver.errors import BadQuery


class Budget:
    """Cells that may be spent. Each sub query and each join is bounded by itself; this bounds what is kept of them."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self._spent = 0

    def spend(self, cells: int) -> None:
        """BadQuery when all that was spent is more than there is."""
        self._spent += cells
        if self._spent > self.cells:
            raise BadQuery(
                f"the series of all expressions are {self._spent} cells, more than the {self.cells} that a query may "
                "take (setting max-cells)"
            )
