"""Filters as OpenTSDB 1 wrote them, in the place of a tag value: `web01`, `web01|web02`, `*`, `web*`,
`literal_or(a|b)`.

A value may itself have parentheses. Where no single word stands before them, as in `is ok (200)`, it is a value.
"""

import re

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import FilterSpec

_CALL = re.compile(r"\w*\(")


def legacy_filter(tag_key: str, value: str, group_by: bool, may_be_stored: bool = False) -> FilterSpec:
    """The filter that a tag value stands for; BadQuery if it stands for none. One that `may_be_stored` as it is written
    stands for itself at least.
    """
    if not value:
        raise BadQuery("Filter cannot be null or empty")
    if _CALL.match(value):
        return _called(tag_key, value, group_by, may_be_stored)
    if "*" not in value:
        return FilterSpec("literal_or", tag_key, value, group_by)
    if value.strip("*") == "":
        return FilterSpec("wildcard", tag_key, value, group_by)
    return FilterSpec("iwildcard", tag_key, value, group_by, alias="wildcard")


def _called(tag_key: str, value: str, group_by: bool, may_be_stored: bool) -> FilterSpec:
    kind, expression = value.split("(", 1)
    fault = _fault(kind, expression, value)
    if fault and not may_be_stored:
        raise BadQuery(fault)
    text = value if may_be_stored else ""
    return FilterSpec(kind.lower(), tag_key, expression[:-1], group_by, text=text, fault=fault)


def _fault(kind: str, expression: str, value: str) -> str:
    """Why a call is none, empty if it is one."""
    if not kind:
        return "The filter type cannot be null or empty"
    return "" if expression.endswith(")") else f"Filter must end with a ')': {value}"
