"""Filters as OpenTSDB 1 wrote them, in the place of a tag value: `web01`, `web01|web02`, `*`, `web*`,
`literal_or(a|b)`.
"""

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import FilterSpec


def legacy_filter(tag_key: str, value: str, group_by: bool) -> FilterSpec:
    """The filter that a tag value stands for; BadQuery if it stands for none."""
    if not value:
        raise BadQuery("Filter cannot be null or empty")
    if "(" in value:
        return _called(tag_key, value, group_by)
    if "*" not in value:
        return FilterSpec("literal_or", tag_key, value, group_by)
    if value.strip("*") == "":
        return FilterSpec("wildcard", tag_key, value, group_by)
    return FilterSpec("iwildcard", tag_key, value, group_by, alias="wildcard")


def _called(tag_key: str, value: str, group_by: bool) -> FilterSpec:
    kind, expression = value.split("(", 1)
    if not kind:
        raise BadQuery("The filter type cannot be null or empty")
    if not expression.endswith(")"):
        raise BadQuery(f"Filter must end with a ')': {value}")
    return FilterSpec(kind.lower(), tag_key, expression[:-1], group_by)
