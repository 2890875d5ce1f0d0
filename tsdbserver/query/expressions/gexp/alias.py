"""`alias(series,template)`: a name of one's own."""

import re
from collections.abc import Sequence
from dataclasses import replace

from tsdbserver.model.result import ResultSeries
from tsdbserver.query.expressions.series import Results, Scope


def alias(operands: Sequence[Results], literals: Sequence[str], _scope: Scope) -> list[ResultSeries]:
    """The series under the name that the template gives, with `@key` for the value of a tag; they lose their tags."""
    template = ",".join(literals) or "__default"
    return [replace(result, metric=_named(template, result.tags), tags={}, aggregate_tags=[]) for result in operands[0]]


def _named(template: str, tags: dict[str, str]) -> str:
    if not tags:
        return template
    # Of two keys that begin alike the longer one is meant where it fits.
    keys = "|".join(map(re.escape, sorted(tags, key=len, reverse=True)))
    return re.sub(f"@({keys})", lambda match: tags[match[1]], template)
