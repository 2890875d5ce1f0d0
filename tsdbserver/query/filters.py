"""Tag filters: each type a value in a registry, from which `/api/config/filters` is printed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tsdbserver.errors import BadFilter, BadQuery
from tsdbserver.model.query import FilterSpec

Matcher = Callable[[str], bool]
Reader = Callable[[FilterSpec], Sequence[FilterSpec]]
"""A filter as it was asked for → its readings, first the one that stands there."""
MAX_SEARCHED = 1 << 16
"""Characters of a list in which values with a pipe of their own are searched for."""


@dataclass(frozen=True, slots=True)
class FilterType:
    """A kind of filter. `compile` makes of its expression what decides on a tag value; BadQuery if it cannot.

    With `lists_values` the expression is a list of values parted by `|`, all of which must have been stored some time
    for the query to make sense, and several filters on one key are one list. With `absent` it takes the series that
    lack the key, and its expression is empty. With `negates` it takes the values that its expression does not describe.
    `compile_any`, if there is one, makes one matcher of several expressions, which takes what any of them does.
    """

    name: str
    compile: Callable[[str], Matcher]
    description: str
    examples: str
    lists_values: bool = False
    absent: bool = False
    negates: bool = False
    compile_any: Callable[[Sequence[str]], Matcher] | None = None


@dataclass(frozen=True, slots=True)
class TagFilter:
    """A filter of a plan: implements `store.interface.TagMatcher`, unless it is `absent`.

    `literals` are the values that must have been stored some time, and `lists` the texts that list them.
    """

    tag_key: str
    matches: Matcher
    group_by: bool
    literals: tuple[str, ...] = ()
    absent: bool = False
    lists: tuple[str, ...] = ()


class FilterRegistry:
    """Filter types by name."""

    def __init__(self) -> None:
        self._types: dict[str, FilterType] = {}

    def register(self, kind: FilterType) -> None:
        """Add a type; raises ValueError if its name is taken."""
        if kind.name in self._types:
            raise ValueError(f"there is already a filter named {kind.name!r}")
        self._types[kind.name] = kind

    def __iter__(self) -> Iterator[FilterType]:
        return iter(self._types.values())

    def build(self, spec: FilterSpec) -> TagFilter:
        """The filter that a query asks for; BadFilter for an unknown type or an expression that it cannot read."""
        try:
            return self._built(spec)
        except BadQuery as error:
            raise BadFilter(error.message, error.details) from None

    def _built(self, spec: FilterSpec) -> TagFilter:
        if spec.fault:
            raise BadQuery(spec.fault)
        kind = self._types.get(spec.type)
        if kind is None:
            raise BadQuery(f"Could not find a tag value filter of the type: {spec.type}")
        if not spec.tag_key:
            raise BadQuery(f"Missing the tag key of a filter of the type: {spec.type}")
        if not spec.expression and not kind.absent:
            raise BadQuery("Filter cannot be null or empty")
        literals = alternatives(spec.expression) if kind.lists_values else ()
        lists = (spec.expression,) if literals else ()
        return TagFilter(spec.tag_key, kind.compile(spec.expression), spec.group_by, literals, kind.absent, lists)

    def build_any(self, readings: Sequence[FilterSpec]) -> TagFilter:
        """One filter of all its readings that can be built; BadFilter if none can."""
        built: list[TagFilter] = []
        fault: BadFilter | None = None
        for group in self._group(readings):
            try:
                built.append(self._build_group(group))
            except BadFilter as error:
                fault = fault or error
        if not built:
            raise fault or BadFilter("A filter without a reading")
        kind = self._types[readings[0].type]
        combine = _all if kind.negates else _either
        matches = combine(*(one.matches for one in built)) if len(built) > 1 else built[0].matches
        if not kind.lists_values:
            return replace(built[0], matches=matches, literals=(), lists=())
        return replace(built[0], matches=matches, literals=built[0].literals or (readings[0].expression,))

    def _group(self, readings: Sequence[FilterSpec]) -> Iterable[Sequence[FilterSpec]]:
        """The readings that are tried on a value at once, in the order of the first of each."""
        groups: dict[str | FilterSpec, list[FilterSpec]] = {}
        for reading in readings:
            kind = self._types.get(reading.type)
            groups.setdefault(reading.type if kind and kind.compile_any else reading, []).append(reading)
        return groups.values()

    def _build_group(self, group: Sequence[FilterSpec]) -> TagFilter:
        first, kind = group[0], self._types.get(group[0].type)
        if len(group) == 1 or kind is None or kind.compile_any is None:
            return self.build(first)
        try:
            matches = kind.compile_any([spec.expression for spec in group])
        except BadQuery as error:
            raise BadFilter(error.message, error.details) from None
        return TagFilter(first.tag_key, matches, first.group_by)

    def build_all(self, specs: Iterable[FilterSpec], read: Reader = lambda spec: (spec,)) -> list[TagFilter]:
        """The filters of a query, all of which must match; lists of values for one key are one list."""
        filters: list[TagFilter] = []
        lists: dict[str, int] = {}
        for built in map(self.build_any, map(read, specs)):
            if built.literals and built.tag_key in lists:
                earlier = lists[built.tag_key]
                filters[earlier] = _united(filters[earlier], built)
                continue
            if built.literals:
                lists[built.tag_key] = len(filters)
            filters.append(built)
        return filters


class ValueList:
    """The values of `a|b|c`, and those that have a pipe of their own: each run of them, such as `a|b`, is a value."""

    def __init__(self, expression: str) -> None:
        self._values = frozenset(alternatives(expression))
        self._whole = expression
        self._text = f"|{expression}|" if len(expression) <= MAX_SEARCHED else ""

    def __contains__(self, value: str) -> bool:
        if value in self._values or value == self._whole:
            return True
        return "|" in value and self._has_parts(value) and f"|{value}|" in self._text

    def _has_parts(self, value: str) -> bool:
        # Looking for a text takes as long as the list is; most values have a part that the list does not have.
        return all(part in self._values for part in value.split("|") if part)


def alternatives(expression: str) -> tuple[str, ...]:
    """The values of `a|b|c`; BadQuery if there are none. Nothing follows a pipe at the end."""
    values = tuple(expression.rstrip("|").split("|"))
    if values == ("",):
        raise BadQuery(f"Filter must contain more than just a pipe: {expression}")
    return values


@dataclass(frozen=True, slots=True)
class _AnyOf:
    """Matches what any of its parts does; kept flat, for a query may unite thousands."""

    parts: tuple[Matcher, ...]

    def __call__(self, value: str) -> bool:
        return any(part(value) for part in self.parts)


def _all(*matchers: Matcher) -> Matcher:
    return lambda value: all(matches(value) for matches in matchers)


def _either(*matchers: Matcher) -> Matcher:
    return _AnyOf(tuple(part for m in matchers for part in (m.parts if isinstance(m, _AnyOf) else (m,))))


def _united(one: TagFilter, other: TagFilter) -> TagFilter:
    return replace(
        one,
        matches=_either(one.matches, other.matches),
        group_by=one.group_by or other.group_by,
        literals=one.literals + other.literals,
        lists=one.lists + other.lists,
    )
