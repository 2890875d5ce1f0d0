"""Which columns are the same series as far as a join is concerned, and in which order they stand.

The order is OpenTSDB's: by the numbers of tag keys and tag values.
"""

from tsdbserver.model.expression import Join, Label
from tsdbserver.model.uid import MAX_UID, NameKind
from tsdbserver.query.expressions.exp.columns import Columns
from tsdbserver.store.interface import Catalog

Identity = tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]
"""Numbers and names: of the tags' keys and values, in the order of the keys, and of the aggregated keys."""


class Identities:
    """Tells columns apart by the ids of their tags' names."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[NameKind, str], tuple[int, str]] = {}
        self._of: dict[tuple[Columns, Join], list[Identity]] = {}

    def of(self, columns: Columns, how: Join) -> list[Identity]:
        """Each column's, found once: many expressions may be made of the same columns."""
        if (columns, how) not in self._of:
            keys = columns.query_keys if how.query_tags else None
            self._of[columns, how] = [self._identity(label, how, keys) for label in columns.labels]
        return self._of[columns, how]

    def _identity(self, label: Label, how: Join, keys: frozenset[str] | None) -> Identity:
        if not label.tags:
            return (), ()  # aggregated tags alone tell nothing apart, in OpenTSDB either
        pairs = sorted(
            (self._number(NameKind.TAG_KEY, key), self._number(NameKind.TAG_VALUE, value))
            for key, value in label.tags.items()
            if keys is None or key in keys
        )
        aggregated = sorted(self._number(NameKind.TAG_KEY, key) for key in label.aggregate_tags)
        return tuple(part for pair in pairs for part in pair), tuple(aggregated if how.aggregate_tags else ())

    def _number(self, kind: NameKind, name: str) -> tuple[int, str]:
        """A name's number and the name, which alone tells names without a number apart."""
        if (kind, name) not in self._known:
            number = self._catalog.uid(kind, name)
            self._known[kind, name] = (MAX_UID + 1 if number is None else number, name)
        return self._known[kind, name]
