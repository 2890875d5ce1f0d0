"""An eval's question as the parameters of a GET and as the body of a POST."""

import re
from typing import Any

from tests.scriptlang.script import Question

_METRIC = re.compile(r"(?P<name>[^{}]+)(?:\{(?P<group>.*?)\})?(?:\{(?P<only>.*?)\})?")
_RATE = re.compile(r"rate(?:\{(?P<words>[^}]*)\})?")


def with_prefix(m: str, prefix: str) -> str:
    """The same `m` of a metric whose name has a prefix."""
    head, colon, metric = m.rpartition(":")
    return f"{head}:{prefix}{metric}" if colon and metric else m


def get_parameters(question: Question) -> dict[str, str]:
    """The query string of `GET /api/query`."""
    parameters = {"start": str(question.start), "end": str(question.end), "m": question.m}
    if question.ms:
        parameters["ms"] = ""
    if question.timezone:
        parameters["timezone"] = question.timezone
    if question.use_calendar:
        parameters["use_calendar"] = "true"
    return parameters


def post_body(question: Question) -> dict[str, Any]:
    """The body of `POST /api/query`. ValueError if `m` says what a body cannot say."""
    body: dict[str, Any] = {"start": question.start, "end": question.end, "queries": [_sub_query(question.m)]}
    if question.ms:
        body["msResolution"] = True
    if question.timezone:
        body["timezone"] = question.timezone
    if question.use_calendar:
        body["useCalendar"] = True
    return body


def _sub_query(m: str) -> dict[str, Any]:
    *front, metric = m.split(":")
    match = _METRIC.fullmatch(metric)
    if match is None or not front:
        raise ValueError(f"'{m}' is not of the form aggregator:option:metric{{filters}}")
    aggregator, *options = front
    sub: dict[str, Any] = {"aggregator": aggregator, "metric": match["name"]}
    for option in options:
        sub.update(_option(option))
    filters = [*_filters(match["only"], False), *_filters(match["group"], True)]
    return {**sub, "filters": filters} if filters else sub


def is_downsample(option: str) -> bool:
    """Whether an option of `m` is a downsample: `10s-avg`, `0all-sum`, `all-sum`."""
    return option[:1].isdigit() or option.lower().startswith("all-")


def _option(text: str) -> dict[str, Any]:
    if is_downsample(text):
        return {"downsample": text}
    if text == "explicit_tags":
        return {"explicitTags": True}
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is neither a downsample, nor explicit_tags, nor a rate")
    if match["words"] is None:
        return {"rate": True}
    kind, *bounds = match["words"].split(",")
    options: dict[str, Any] = {"counter": kind.endswith("counter"), "dropResets": kind == "dropcounter"}
    # An empty bound keeps its default.
    options.update({name: int(text) for name, text in zip(("counterMax", "resetValue"), bounds, strict=False) if text})
    return {"rate": True, "rateOptions": options}


def _filters(braces: str | None, group_by: bool) -> list[dict[str, Any]]:
    return [_filter(tag, group_by) for tag in braces.split(",")] if braces else []


def _filter(tag: str, group_by: bool) -> dict[str, Any]:
    key, equals, value = tag.partition("=")
    if not equals:
        raise ValueError(f"'{tag}' is no tag=filter")
    if match := re.fullmatch(r"(\w+)\((.*)\)", value):
        kind, expression = match[1], match[2]
    else:
        kind, expression = _kind(value), value
    return {"type": kind, "tagk": key, "filter": expression, "groupBy": group_by}


def _kind(value: str) -> str:
    """The type of filter that a value without a type stands for."""
    if not value.strip("*"):
        return "wildcard"
    return "iwildcard" if "*" in value else "literal_or"
