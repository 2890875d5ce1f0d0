"""What each generation of Grafana's OpenTSDB data source sends for what a user chose in the editor.

A panel's query is stored as a *model*: the boxes of the editor. The generations differ in what they make of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

Model = Mapping[str, Any]

GO = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip", "Content-Type": "application/json"}
BROWSER = {
    "User-Agent": "Grafana/9.5.2",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Content-Type": "application/json",
    "Accept": "application/json, text/plain, */*",
    "X-Grafana-Org-Id": "1",
    "X-Dashboard-Uid": "abc",
    "X-Panel-Id": "4",
    "X-Forwarded-For": "10.0.0.1",
}


@dataclass(frozen=True)
class Request:
    """One POST; `arrays` is how its asker is going to read the answer, `milliseconds` what it takes times for."""

    body: bytes
    headers: Mapping[str, str]
    arrays: bool = False
    milliseconds: bool = False

    @property
    def path(self) -> str:
        return "/api/query?arrays=true" if self.arrays else "/api/query"


@dataclass(frozen=True)
class Panel:
    """Some models over a span of seconds; `version` and `resolution` are settings of the data source."""

    models: Sequence[Model]
    start: int
    end: int
    version: int = 4
    resolution: int = 1
    interval: str = "10s"


def model(metric: str, aggregator: str = "sum", **boxes: Any) -> Model:
    """What the editor stores, with its defaults."""
    return {
        "refId": "A",
        "datasource": {"type": "opentsdb", "uid": "P1"},
        "metric": metric,
        "aggregator": aggregator,
        "downsampleAggregator": "avg",
        "downsampleFillPolicy": "none",
        "downsampleInterval": "",
        "disableDownsampling": False,
        **boxes,
    }


# ---- what the models become ----------------------------------------------------------------------------------------


def go_sub_query(boxes: Model, interval: str) -> dict[str, Any]:
    """Generation B: present only what is not empty."""
    sub: dict[str, Any] = {"metric": boxes["metric"], "aggregator": boxes["aggregator"]}
    if not boxes.get("disableDownsampling"):
        fill = boxes.get("downsampleFillPolicy", "none")
        width = boxes.get("downsampleInterval") or interval
        sub["downsample"] = f"{width}-{boxes.get('downsampleAggregator', '')}" + ("" if fill == "none" else f"-{fill}")
    if boxes.get("shouldComputeRate"):
        sub["rate"] = True
        sub["rateOptions"] = _go_rate(boxes)
    sub |= {name: boxes[name] for name in ("tags", "filters") if boxes.get(name)}
    if boxes.get("explicitTags"):
        sub["explicitTags"] = True
    return sub


def _go_rate(boxes: Model) -> dict[str, Any]:
    options: dict[str, Any] = {"counter": bool(boxes.get("isCounter"))}
    for name, box in (("counterMax", "counterMax"), ("resetValue", "counterResetValue")):
        if boxes.get(box):
            options[name] = float(boxes[box])
    if "counterMax" not in options and not options.get("resetValue"):
        options["dropResets"] = True
    return options


def old_sub_query(boxes: Model, _: str) -> dict[str, Any]:
    """The Go backend before B: alert rules only. A missing fill policy leaves a dash, texts for numbers become 0."""
    sub: dict[str, Any] = {"metric": boxes["metric"], "aggregator": boxes["aggregator"]}
    if not boxes.get("disableDownsampling"):
        fill = boxes.get("downsampleFillPolicy", "")
        width = boxes.get("downsampleInterval") or "1m"
        sub["downsample"] = f"{width}-{boxes.get('downsampleAggregator')}" + ("" if fill == "none" else f"-{fill}")
    if boxes.get("shouldComputeRate"):
        sub["rate"] = True
        sub["rateOptions"] = {"counter": bool(boxes.get("isCounter"))} | {
            name: 0 for name, box in (("counterMax", "counterMax"), ("resetValue", "counterResetValue")) if box in boxes
        }
    sub |= {name: boxes[name] for name in ("tags", "filters") if boxes.get(name)}
    return sub


def browser_sub_query(boxes: Model, interval: str) -> dict[str, Any]:
    """F1: either filters or tags, in the order in which a browser writes them."""
    sub: dict[str, Any] = {"metric": boxes["metric"], "aggregator": boxes["aggregator"] or "avg"}
    if boxes.get("shouldComputeRate"):
        sub["rate"] = True
        sub["rateOptions"] = {
            "counter": bool(boxes.get("isCounter")),
            "dropResets": not int(boxes.get("counterMax") or 0),
        } | {
            name: int(boxes[box])
            for name, box in (("counterMax", "counterMax"), ("resetValue", "counterResetValue"))
            if boxes.get(box)
        }
    if not boxes.get("disableDownsampling"):
        fill = boxes.get("downsampleFillPolicy", "none")
        width = boxes.get("downsampleInterval") or interval
        function = boxes.get("downsampleAggregator", "undefined")
        sub["downsample"] = f"{width}-{function}" + ("" if fill == "none" else f"-{fill}")
    if boxes.get("filters"):
        sub["filters"] = boxes["filters"]
    else:
        sub["tags"] = boxes.get("tags", {})
    if boxes.get("explicitTags"):
        sub["explicitTags"] = True
    return sub


def whole_sub_query(boxes: Model, interval: str) -> dict[str, Any]:
    """F2: the whole model, and what F1 makes of it."""
    return {**boxes, "tags": {}, "filters": [], **browser_sub_query(boxes, interval)}


# ---- the bodies ----------------------------------------------------------------------------------------------------


def go_json(value: Any) -> bytes:
    """As Go writes it: keys in alphabetical order, and three characters escaped that HTML knows."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode()


def backend(panel: Panel) -> list[Request]:
    """B: one POST for each query, seconds, never a flag."""
    arrays = panel.version == 4
    return [
        Request(_go_body(panel.start, panel.end, [go_sub_query(boxes, panel.interval)]), GO, arrays)
        for boxes in panel.models
    ]


def old_backend(panel: Panel) -> list[Request]:
    """Alert rules of Grafana 8 to 11.1: one body, milliseconds, the map form."""
    subs = [old_sub_query(boxes, panel.interval) for boxes in panel.models]
    return [Request(_go_body(panel.start * 1000, panel.end * 1000, subs), GO)]


def array_backend(panel: Panel) -> list[Request]:
    """Alert rules of Grafana 11.2 to 11.5: as before, but always arrays."""
    return [Request(request.body, GO, arrays=True) for request in old_backend(panel)]


def _go_body(start: int, end: int, subs: Sequence[Any]) -> bytes:
    return b'{"start":%d,"end":%d,"queries":%s}' % (start, end, go_json(subs))


def f1(panel: Panel) -> list[Request]:
    return _browser(panel, browser_sub_query)


def f2(panel: Panel) -> list[Request]:
    return _browser(panel, whole_sub_query)


def _browser(panel: Panel, sub_query: Callable[[Model, str], Any]) -> list[Request]:
    milliseconds = panel.resolution == 2
    body: dict[str, Any] = {
        "start": panel.start * 1000 - 877,
        "queries": [sub_query(boxes, panel.interval) for boxes in panel.models],
        "msResolution": milliseconds,
        "globalAnnotations": True,
    }
    if panel.version == 3:
        body["showQuery"] = True
    body["end"] = panel.end * 1000 + 123
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return [Request(text.encode(), BROWSER, milliseconds=milliseconds)]


GENERATIONS: dict[str, Callable[[Panel], list[Request]]] = {
    "F1": f1,
    "F2": f2,
    "alerts of 8 to 11.1": old_backend,
    "alerts of 11.2 to 11.5": array_backend,
    "B": backend,
}

# ---- how parameters are written ------------------------------------------------------------------------------------


_PLAIN_IN_BROWSERS = "!'()*-._~"


def go_escaped(parameters: Mapping[str, str]) -> str:
    """In alphabetical order; a blank is a plus."""
    return urlencode(sorted(parameters.items()), quote_via=quote_plus)


def browser_escaped(parameters: Mapping[str, str]) -> str:
    """In their order; a blank is %20, and some marks stay as they are."""
    return "&".join(f"{name}={quote(value, safe=_PLAIN_IN_BROWSERS)}" for name, value in parameters.items())


ESCAPINGS = {"Go": go_escaped, "browser": browser_escaped}
