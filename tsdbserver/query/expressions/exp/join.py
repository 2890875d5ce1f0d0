"""Joins: columns of several operands that are the same series meet, at all times of any of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import Join, Label
from tsdbserver.query.expressions.alignment import union
from tsdbserver.query.expressions.exp.columns import Columns, Matrix, Times
from tsdbserver.query.expressions.exp.join_keys import Identities, Identity
from tsdbserver.query.planning.window import check_size

Operands = Mapping[str, Columns]
Places = dict[Identity, int]


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The operands' values by name, all of them with these columns and times."""

    labels: Sequence[Label]
    times: Times
    values: Mapping[str, Matrix]


def join(
    name: str, operands: Operands, fills: Mapping[str, float], how: Join, identities: Identities, most_cells: int
) -> Joined:
    """The operands of expression `name` side by side. What an operand has not at a time is its fill; where it has no
    such column at all it is 0.

    BadQuery for an intersection that leaves nothing, and for more than `most_cells` cells.
    """
    places = {one: _places(identities.of(columns, how)) for one, columns in operands.items()}
    wanted = sorted(_common(name, how, places) if how.intersection else set().union(*places.values()))
    if how.intersection:
        operands = {one: columns.take([places[one][key] for key in wanted]) for one, columns in operands.items()}
        places = dict.fromkeys(operands, _places(wanted))
    times = union([columns.times for columns in operands.values()])
    check_size(len(wanted) * len(operands), len(times), most_cells)
    return Joined(
        [
            _label([columns.labels[places[one][key]] for one, columns in operands.items() if key in places[one]])
            for key in wanted
        ],
        times,
        {
            one: _laid_out(columns, [places[one].get(key, -1) for key in wanted], times, fills[one])
            for one, columns in operands.items()
        },
    )


def _places(identities: Sequence[Identity]) -> Places:
    """Where each identity stands; of several that are equal the last."""
    return {identity: place for place, identity in enumerate(identities)}


def _common(name: str, how: Join, places: Mapping[str, Places]) -> set[Identity]:
    """The identities that all operands have. BadQuery if there are none, but if no operand has any."""
    common = set.intersection(*map(set, places.values()))
    if common or not any(places.values()):
        return common
    # OpenTSDB's words, which are its own state; the second sentence is for people.
    operands = ", ".join(
        f"{one}=TimeSyncedIterator(id={one}, index={i}, dpsSize={len(of)})"
        for i, (one, of) in enumerate(places.items())
    )
    raise BadQuery(
        f"No intersections found: IntersectionIterator(id={name}, useQueryTags={_java(how.query_tags)}, "
        f"includeAggTags={_java(how.aggregate_tags)}, index=0, queries={{{operands}}}",
        f"no series of {', '.join(places)} have the same tags",
    )


def _java(flag: bool) -> str:
    return str(flag).lower()


def _label(labels: Sequence[Label]) -> Label:
    """The tags of the first, and what was aggregated in any."""
    return Label(labels[0].tags, sorted({key for label in labels for key in label.aggregate_tags}))


def _laid_out(columns: Columns, rows: Sequence[int], times: Times, fill: float) -> Matrix:
    """The rows of an operand at all times; −1 is a row of zeros."""
    picked = np.array(rows, np.intp)
    has = picked >= 0
    laid_out = np.zeros((len(rows), len(times)))
    laid_out[has] = fill
    laid_out[np.ix_(has, np.searchsorted(times, columns.times))] = columns.filled(fill)[picked[has]]
    return laid_out
