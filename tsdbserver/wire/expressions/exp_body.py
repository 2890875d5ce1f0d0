"""The body of `POST /api/query/exp` as it was sent, and as the answer repeats it. Names are those on the wire."""

import math
from collections.abc import Callable
from typing import TypeVar

import msgspec

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import Join, NumericFill
from tsdbserver.model.query import FilterSpec
from tsdbserver.wire.decoding import decoded

Item = TypeVar("Item")


class Fill(msgspec.Struct):
    """What stands for missing values."""

    policy: str | None = None
    value: float | str | None = None

    def numeric(self) -> NumericFill:
        """The fill that it means; BadQuery if it contradicts itself."""
        try:
            value = float(self.value or 0)
        except ValueError:
            raise BadQuery(f"The value of a fill policy is no number: {self.value}") from None
        return NumericFill.of(self.policy, value)


class Downsampler(msgspec.Struct):
    """How every metric is downsampled; its fill policy holds for metrics without one of their own."""

    interval: str | None = None
    aggregator: str | None = None
    fillPolicy: Fill | None = None  # noqa: N815 - names on the wire are OpenTSDB's


class Time(msgspec.Struct):
    """The span, and what is done to every metric."""

    start: int | float | str | None = None
    end: int | float | str | None = None
    timezone: str | None = None
    downsampler: Downsampler | None = None
    aggregator: str | None = None
    rate: bool | None = None


class TagFilter(msgspec.Struct):
    """A filter of one tag."""

    type: str
    tagk: str
    filter: str
    groupBy: bool | None = None  # noqa: N815
    group_by: bool | None = None

    def spec(self) -> FilterSpec:
        """The filter that it means."""
        return FilterSpec(self.type, self.tagk, self.filter, bool(self.groupBy or self.group_by))


class FilterSet(msgspec.Struct):
    """Filters that metrics refer to."""

    id: str | None = None
    tags: list[TagFilter] | None = None
    explicitTags: bool | None = None  # noqa: N815


class MetricText(msgspec.Struct):
    """A metric and its id."""

    id: str | None = None
    metric: str | None = None
    filter: str | None = None
    aggregator: str | None = None
    fillPolicy: Fill | None = None  # noqa: N815
    timeOffset: str | int | None = None  # noqa: N815


class JoinText(msgspec.Struct):
    """How the series of an expression meet."""

    operator: str | None = None
    useQueryTags: bool | None = None  # noqa: N815
    includeAggTags: bool | None = None  # noqa: N815

    def join(self) -> Join:
        """The join that it means; BadQuery for an operator that is none."""
        operator = (self.operator or "union").lower()
        if operator not in ("union", "intersection"):
            raise BadQuery(f"Unrecognized set operator: {self.operator}")
        return Join(operator == "intersection", bool(self.useQueryTags), self.includeAggTags is not False)


class ExpressionText(msgspec.Struct):
    """A formula and its id."""

    id: str | None = None
    expr: str | None = None
    join: JoinText | None = None
    fillPolicy: Fill | None = None  # noqa: N815


class OutputText(msgspec.Struct):
    """What is wanted."""

    id: str | None = None
    alias: str | None = None


class Body(msgspec.Struct):
    """The body as it was sent."""

    name: str | None = None
    time: Time | None = None
    filters: list[FilterSet] | None = None
    metrics: list[MetricText] | None = None
    expressions: list[ExpressionText] | None = None
    outputs: list[OutputText] | None = None


# Not strict: OpenTSDB takes "true" for true and "5" for 5.
_decoder = msgspec.json.Decoder(Body, strict=False)


def parse_body(body: bytes) -> Body:
    """The message in a body. BadQuery if there is none."""
    if not body.strip():
        raise BadQuery("Incoming data was null or empty")
    return decoded(_decoder.decode, body, lambda reason: BadQuery("Unable to parse the given JSON", reason))


def echo(body: Body) -> dict[str, object]:
    """The message as OpenTSDB repeats it: what was left out is null, a join is complete."""
    return {
        "name": body.name,
        "time": _time(body.time or Time()),
        "filters": _each(body.filters, _filter_set),
        "metrics": _each(body.metrics, _metric),
        "expressions": _each(body.expressions, _expression),
        "outputs": _each(body.outputs, msgspec.to_builtins),
    }


def _each(items: list[Item] | None, write: Callable[[Item], object]) -> list[object] | None:
    return None if items is None else [write(item) for item in items]


def _time(time: Time) -> dict[str, object]:
    return {
        "start": _text(time.start),
        "end": _text(time.end),
        "timezone": time.timezone,
        "downsampler": time.downsampler and {
            "interval": time.downsampler.interval,
            "aggregator": time.downsampler.aggregator,
            "fillPolicy": _fill(time.downsampler.fillPolicy),
        },
        "aggregator": time.aggregator,
        "rate": bool(time.rate),
    }  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _fill(fill: Fill | None) -> dict[str, object] | None:
    if fill is None:
        return None
    read = fill.numeric()
    return {"policy": read.kind, "value": "NaN" if math.isnan(read.value) else read.value}


def _filter_set(filters: FilterSet) -> dict[str, object]:
    return {
        "id": filters.id,
        "tags": _each(filters.tags, _tag_filter),
        "explicitTags": bool(filters.explicitTags),
    }


def _tag_filter(tag_filter: TagFilter) -> dict[str, object]:
    spec = tag_filter.spec()
    return {"tagk": spec.tag_key, "filter": spec.expression, "group_by": spec.group_by, "type": spec.type}


def _metric(metric: MetricText) -> dict[str, object]:
    return {
        "metric": metric.metric,
        "id": metric.id,
        "filter": metric.filter,
        "aggregator": metric.aggregator,
        "timeOffset": _text(metric.timeOffset),
        "fillPolicy": _fill(metric.fillPolicy),
    }


def _expression(expression: ExpressionText) -> dict[str, object]:
    join = (expression.join or JoinText()).join()
    return {
        "id": expression.id,
        "expr": expression.expr,
        "join": {
            "operator": "intersection" if join.intersection else "union",
            "useQueryTags": join.query_tags,
            "includeAggTags": join.aggregate_tags,
        },
        "fillPolicy": _fill(expression.fillPolicy),
    }
