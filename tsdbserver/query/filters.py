"""Tag filters: each a value in a registry, from which `/api/config/filters` is printed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import translate

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import FilterSpec

Matcher = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class FilterType:
    """A kind of filter: `compile` makes of its expression what decides on a tag value."""

    name: str
    compile: Callable[[str], Matcher]
    description: str
    examples: str


@dataclass(frozen=True, slots=True)
class TagFilter:
    """A filter of a plan: implements `store.interface.TagMatcher`."""

    tag_key: str
    matches: Matcher
    group_by: bool
    literals: tuple[str, ...] = ()
    """Values that must have been stored some time, for the query to make sense."""


class FilterRegistry:
    """Filter types by name."""

    def __init__(self) -> None:
        self._types: dict[str, FilterType] = {}

    def register(self, kind: FilterType) -> None:
        """Add a type; a name in use is an error."""
        if kind.name in self._types:
            raise ValueError(f"a filter named '{kind.name}' is registered already")
        self._types[kind.name] = kind

    def __iter__(self) -> Iterator[FilterType]:
        return iter(self._types.values())

    def build(self, spec: FilterSpec) -> TagFilter:
        """The filter that a query asks for; BadQuery for an unknown type or an expression that it cannot read."""
        kind = self._types.get(spec.type)
        if kind is None:
            raise BadQuery(f"Could not find a tag value filter of the type: {spec.type}")
        if not spec.tag_key:
            raise BadQuery(f"Missing the tag key of a filter of the type: {spec.type}")
        if not spec.expression:
            raise BadQuery("Filter cannot be null or empty")
        literals = tuple(_alternatives(spec.expression)) if spec.type == LITERAL_OR.name else ()
        return TagFilter(spec.tag_key, kind.compile(spec.expression), spec.group_by, literals)


def _alternatives(expression: str) -> list[str]:
    values = expression.removesuffix("|").split("|")
    if not all(values):
        raise BadQuery(f"Filter must contain more than just a pipe: {expression}")
    return values


def _literal_or(expression: str) -> Matcher:
    return frozenset(_alternatives(expression)).__contains__


def _iliteral_or(expression: str) -> Matcher:
    values = frozenset(value.lower() for value in _alternatives(expression))
    return lambda value: value.lower() in values


def _negated(compile_expression: Callable[[str], Matcher]) -> Callable[[str], Matcher]:
    def compile_negated(expression: str) -> Matcher:
        matches = compile_expression(expression)
        return lambda value: not matches(value)

    return compile_negated


def _glob(expression: str, flags: re.RegexFlag = re.NOFLAG) -> Matcher:
    """Only `*` is special, and a run of stars is one: a match takes at most the value's length for each star."""
    if "*" not in expression:
        raise BadQuery(f"Filter must contain an asterisk: {expression}")
    parts = re.split(r"\*+", expression)
    # fnmatch's translation matches each part as early as possible and never goes back: no expression explodes.
    pattern = re.compile(translate("*".join(map(_plain, parts))), flags)
    return lambda value: pattern.match(value) is not None


def _plain(text: str) -> str:
    """Text in which fnmatch sees no wildcard of its own."""
    return re.sub(r"([?\[])", r"[\1]", text)


def _iglob(expression: str) -> Matcher:
    return _glob(expression, re.IGNORECASE)


LITERAL_OR = FilterType(
    "literal_or",
    _literal_or,
    "Accepts one or more exact values and matches if the series contains any of them. Multiple values can be included "
    "and must be separated by the | (pipe) character. The filter is case sensitive.",
    'host=literal_or(web01),  host=literal_or(web01|web02|web03)  {"type":"literal_or","tagk":"host",'
    '"filter":"web01|web02|web03","groupBy":false}',
)
BUILT_IN = (
    LITERAL_OR,
    FilterType(
        "iliteral_or",
        _iliteral_or,
        "As literal_or, ignoring case.",
        'host=iliteral_or(WEB01|web02)  {"type":"iliteral_or","tagk":"host","filter":"WEB01|web02","groupBy":false}',
    ),
    FilterType(
        "not_literal_or",
        _negated(_literal_or),
        "Matches series that have the tag key with none of the exact values. The filter is case sensitive.",
        'host=not_literal_or(web01)  {"type":"not_literal_or","tagk":"host","filter":"web01","groupBy":false}',
    ),
    FilterType(
        "not_iliteral_or",
        _negated(_iliteral_or),
        "As not_literal_or, ignoring case.",
        'host=not_iliteral_or(WEB01)  {"type":"not_iliteral_or","tagk":"host","filter":"WEB01","groupBy":false}',
    ),
    FilterType(
        "wildcard",
        _glob,
        "Performs pre, post and in-fix glob matching of values; * stands for any characters. The filter is case "
        "sensitive, and a single * matches every series that has the tag key.",
        'host=wildcard(web*)  host=wildcard(web*.tsdb.net)  {"type":"wildcard","tagk":"host",'
        '"filter":"web*.tsdb.net","groupBy":false}',
    ),
    FilterType(
        "iwildcard",
        _iglob,
        "As wildcard, ignoring case.",
        'host=iwildcard(WEB*)  {"type":"iwildcard","tagk":"host","filter":"WEB*","groupBy":false}',
    ),
)


def built_in_filters() -> FilterRegistry:
    """A registry of the types that come with the server."""
    registry = FilterRegistry()
    for kind in BUILT_IN:
        registry.register(kind)
    return registry
