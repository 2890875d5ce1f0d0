"""`POST /api/query/exp` → ExpressionQuery: every rule that the message must keep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.expression import Expression, ExpressionQuery, FillKind, Metric, NumericFill, Output
from tsdbserver.model.query import Downsample, FilterSpec, Query, Rate, Shown, SubQuery
from tsdbserver.model.time import parse_time
from tsdbserver.wire.expressions.exp_body import (
    Body,
    ExpressionText,
    Fill,
    FilterSet,
    JoinText,
    MetricText,
    OutputText,
    Time,
)
from tsdbserver.wire.expressions.exp_cycles import check_cycles
from tsdbserver.wire.expressions.formula import parse_formula
from tsdbserver.wire.query.common import assemble, parse_span

MAX_PARTS = 100
"""How many metrics, filters, expressions and outputs a message may have, of each."""
MAX_STEPS = 2000
"""How many names, numbers and operators all its expressions may have."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Filters = tuple[tuple[FilterSpec, ...], bool]
"""The filters of a set, and whether series may have no other tags."""

_ZERO = NumericFill.of("zero")
_NAN = NumericFill.of("nan")


def parse_query(body: Body, now: int, profile: Profile = FAITHFUL) -> ExpressionQuery:
    """The query of a message that came at `now` (ms). BadQuery says which rule it breaks."""
    if body.time is None:
        raise BadQuery("missing time")
    common = _explained("Invalid time", _common, body.time, now)
    _check_sizes(body)
    _check_unique(body)
    metrics = list(_each("metric", body.metrics, lambda text: _metric(text, common, now)))
    filters = dict(_each("filter", body.filters, _filters))
    expressions = list(_each("expression", body.expressions, _expression))
    metrics = [_filtered(metric, text, filters) for metric, text in zip(metrics, body.metrics or (), strict=True)]
    _check_steps(expressions)
    _check_inputs(expressions, {metric.id for metric in metrics} | {one.id for one in expressions})
    check_cycles({expression.id: expression.formula.names for expression in expressions})
    query = _query(body.time, metrics, now, profile)
    return ExpressionQuery(
        query=query,
        metrics={one.id: replace(one, sub_query=sub) for one, sub in zip(metrics, query.asked, strict=True)},
        expressions={expression.id: expression for expression in expressions},
        outputs=[_output(text) for text in body.outputs or ()] or [Output(part.id) for part in expressions or metrics],
    )


def _explained(message: str, make: Callable[..., Made], *arguments: object) -> Made:
    """What `make` makes; what it refuses becomes the second sentence of `message`."""
    try:
        return make(*arguments)
    except BadQuery as error:
        raise BadQuery(message, error.message) from None


def _each(name: str, items: Iterable[Item] | None, make: Callable[[Item], Made]) -> Iterator[Made]:
    for position, item in enumerate(items or ()):
        yield _explained(f"Invalid {name} at index {position}", make, item)


def _common(time: Time, now: int) -> SubQuery:
    """What all metrics have in common, as a sub query without a metric."""
    if parse_time(time.start, now, time.timezone or "") is None:
        raise BadQuery("missing or empty start")
    parse_time(time.end, now, time.timezone or "")
    if not time.aggregator:
        raise BadQuery("Missing or empty aggregator")
    return SubQuery(time.aggregator, "", _downsample(time), rate=Rate() if time.rate else None)


def _downsample(time: Time) -> Downsample | None:
    downsampler = time.downsampler
    if downsampler is None:
        return None
    if not downsampler.interval:
        raise BadQuery("Missing or empty interval")
    if not downsampler.aggregator:
        raise BadQuery("Missing or empty aggregator")
    fill = f"-{_slot_fill(downsampler.fillPolicy)}" if downsampler.fillPolicy else ""
    return Downsample.parse(f"{downsampler.interval}-{downsampler.aggregator}{fill}")


def _slot_fill(text: Fill) -> FillKind:
    """What empty slots are filled with. BadQuery for a number of one's own, which only a metric can have."""
    fill = text.numeric()
    if fill.kind is FillKind.SCALAR:
        raise BadQuery(
            f"The fill policy of a downsampler cannot be a number: {fill.value:g}. Give it to the metrics in their "
            "fillPolicy"
        )
    return fill.kind


def _check_sizes(body: Body) -> None:
    if not body.metrics:
        raise BadQuery("missing or empty metrics")
    parts: dict[str, Sequence[object] | None] = {
        "metrics": body.metrics,
        "filters": body.filters,
        "expressions": body.expressions,
        "outputs": body.outputs,
    }
    for name, items in parts.items():
        if items and len(items) > MAX_PARTS:
            raise BadQuery(f"{len(items)} {name} are more than the {MAX_PARTS} that a query may have")


def _check_unique(body: Body) -> None:
    metrics = [metric.id for metric in body.metrics or ()]
    _check_ids("duplicated metric id", metrics)
    _check_ids("duplicated filter id", [filters.id for filters in body.filters or ()])
    _check_ids("Duplicated variable or expression id", [*metrics, *(one.id for one in body.expressions or ())])


def _check_ids(message: str, ids: Iterable[str | None]) -> None:
    seen: set[str | None] = set()
    for one in ids:
        if one in seen:
            raise BadQuery(f"{message}: {one}")
        seen.add(one)


def _id(text: str | None) -> str:
    if not text:
        raise BadQuery("missing or empty id")
    for character in text:
        if not character.isalnum():
            raise BadQuery(f'Invalid id ("{text}"): illegal character: {character}')
    if len(text) == 1 and text.isdigit():
        raise BadQuery("The ID cannot be an integer")
    return text


def _metric(text: MetricText, common: SubQuery, now: int) -> Metric:
    if not text.metric:
        raise BadQuery("missing or empty metric")
    sub = replace(common, metric=text.metric, aggregator=text.aggregator or common.aggregator)
    sub, fill = _filled(sub, text.fillPolicy)
    return Metric(_id(text.id), sub, fill, _offset(text.timeOffset, now))


def _filled(sub: SubQuery, own: Fill | None) -> tuple[SubQuery, NumericFill]:
    """The sub query of a metric, and its fill in a formula: its own in the place of the downsampler's, which else is
    both.
    """
    slots = sub.downsample
    if own:
        return replace(sub, downsample=replace(slots, fill=FillPolicy.NONE) if slots else None), own.numeric()
    if slots is None or slots.fill is FillPolicy.NONE:
        return sub, _ZERO
    return sub, NumericFill.of(slots.fill.value)


def _offset(value: str | int | None, now: int) -> int:
    """How many ms before the span a metric is read."""
    text = "" if value is None else str(value).strip().lower()
    if text in ("", "0", "now"):
        return 0
    if not text.endswith("-ago"):
        raise BadQuery(f"Invalid time offset: {value}. Expected a duration ago, such as 1d-ago")
    return now - (parse_time(text, now) or 0)


def _filters(text: FilterSet) -> tuple[str, Filters]:
    return _id(text.id), (tuple(one.spec() for one in text.tags or ()), bool(text.explicitTags))


def _filtered(metric: Metric, text: MetricText, filters: Mapping[str, Filters]) -> Metric:
    if not text.filter:
        return metric
    if text.filter not in filters:
        raise BadQuery(f"unrecognized filter id {text.filter} in metric {metric.id}")
    specs, explicit = filters[text.filter]
    return replace(metric, sub_query=replace(metric.sub_query, filters=specs, explicit_tags=explicit))


def _expression(text: ExpressionText) -> Expression:
    name = _id(text.id)
    if not text.expr:
        raise BadQuery("missing or empty expr")
    formula = parse_formula(text.expr)
    if not formula.names:
        raise BadQuery("The expression didn't appear to have any variables")
    fill = text.fillPolicy.numeric() if text.fillPolicy else _NAN
    return Expression(name, formula, (text.join or JoinText()).join(), fill)


def _check_steps(expressions: Sequence[Expression]) -> None:
    steps = sum(len(expression.formula.steps) for expression in expressions)
    if steps > MAX_STEPS:
        raise BadQuery(f"{steps} names, numbers and operators are more than the {MAX_STEPS} that a query may have")


def _check_inputs(expressions: Sequence[Expression], ids: set[str]) -> None:
    for expression in expressions:
        for name in expression.formula.names:
            if name not in ids:
                raise BadQuery(f"Expression [{expression.formula.text}] was missing input {name}")


def _output(text: OutputText) -> Output:
    return Output(_explained("Invalid output", _id, text.id), text.alias)


def _query(time: Time, metrics: Iterable[Metric], now: int, profile: Profile) -> Query:
    zone = time.timezone or ""
    span = parse_span(time.start, time.end, now, zone)
    shown = Shown(ms_resolution=True, annotations=False)  # the times of a table are always milliseconds
    return assemble(span, [metric.sub_query for metric in metrics], zone, False, shown, profile)
