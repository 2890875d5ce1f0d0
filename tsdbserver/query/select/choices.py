"""What the text of a filter means where an editor put it together from choices in its menus.

A menu escapes what it shows as HTML, several choices are joined by `|` whatever the type of the filter, a custom "all"
is `*`, and a chosen value may look like a filter: `ok(200)`. So a text has several readings.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import unescape

from tsdbserver.errors import BadFilter
from tsdbserver.model.query import FilterSpec

IsStored = Callable[[str], bool]
"""Whether a text is the value of any tag that was ever stored."""

HasValue = Callable[[FilterSpec], bool]
"""Whether any series of the metric in question passes a filter."""

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39|#x27|#x2F|#34|#96);")
"""What browsers' libraries make of the characters that HTML knows."""
_LISTS = ("literal_or", "iliteral_or")
_PATTERNS = {"wildcard": "literal_or", "iwildcard": "iliteral_or"}
"""Types that need a star, and those that read a choice without one."""
_LEAVE_OUT = ("not_literal_or", "not_iliteral_or")
_ALL = "*"
MAX_PATTERNS = 256
"""Choices with an asterisk that one filter may have."""
MAX_PIPES = 999
"""Length of a value of nothing but pipes that can be chosen: RE2 counts no further than 1000."""


def read_choice(spec: FilterSpec, is_stored: IsStored, has_value: HasValue) -> Sequence[FilterSpec]:
    """The readings of a filter, first the one that stands there. A series passes that passes any of them; of a type
    that leaves out what its text describes, one that passes them all.
    """
    if spec.text:
        literal = FilterSpec("literal_or", spec.tag_key, spec.text, spec.group_by)
        if any(map(has_value, _with_unescaped(literal, is_stored))):
            spec = literal
    readings = [part for one in _with_unescaped(spec, is_stored) for part in _alternatives(one)]
    return list(dict.fromkeys([spec, *readings, *read_pipes(spec, is_stored)]))


def _with_unescaped(spec: FilterSpec, is_stored: IsStored) -> Iterator[FilterSpec]:
    """The filter, and the one whose text was escaped, unless it was stored as it is."""
    yield spec
    if not _ENTITY.search(spec.expression) or is_stored(spec.expression):
        return
    parts = spec.expression.split("|")
    yield replace(spec, expression="|".join(part if is_stored(part) else _unescaped(part) for part in parts))


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)


def _alternatives(spec: FilterSpec) -> Iterator[FilterSpec]:
    """The filter, and what it means for each of several choices."""
    yield spec
    choices = spec.expression.split("|")
    patterns = [choice for choice in choices if _ALL in choice]
    if spec.type in _LISTS and _ALL in choices:
        yield replace(spec, type="wildcard", expression=_ALL)
    if spec.type in _PATTERNS:
        if len(patterns) > MAX_PATTERNS:
            raise BadFilter(
                f"{len(patterns)} choices with an asterisk are more than the {MAX_PATTERNS} that a filter may have"
            )
        if len(patterns) < len(choices):
            yield replace(spec, type=_PATTERNS[spec.type])
        yield from (replace(spec, expression=choice) for choice in patterns)


def read_pipes(spec: FilterSpec, is_stored: IsStored) -> Iterator[FilterSpec]:
    """What a filter of nothing but pipes means if a value like that is stored. Lists cannot be read so: there a pipe
    parts values.
    """
    pipes = len(spec.expression)
    if not 0 < pipes <= MAX_PIPES or spec.expression.strip("|"):
        return
    if not any(is_stored("|" * count) for count in range(1, pipes + 1)):
        return
    if spec.type in _LISTS or spec.type in _PATTERNS:
        yield replace(spec, type="regexp", expression=rf"^\|{{1,{pipes}}}$")
    elif spec.type in _LEAVE_OUT:
        yield replace(spec, type="regexp", expression=rf"[^|]|\|{{{pipes + 1}}}")
