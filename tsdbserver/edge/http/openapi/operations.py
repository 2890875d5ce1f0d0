"""What neither the URL table nor a docstring says: parameters, bodies and answers, by path and method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tsdbserver.edge.http.openapi.schemas import (
    NAMED,
    TEXT,
    TEXTS,
    WHOLE,
    Schema,
    array,
    either,
    one_of,
    ref,
)

HTML, PLAIN, JSON = "text/html", "text/plain", "application/json"
NO_BODY: dict[str, Schema] = {}
Answer = Mapping[str, Schema]
"""Shape by media type; none for an answer without a body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answers` by status; errors need no mention."""

    answers: Mapping[int, Answer]
    parameters: tuple[dict[str, Any], ...] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)


def asked(name: str, schema: Schema, description: str, required: bool = False, many: bool = False) -> dict[str, Any]:
    """A parameter of the query string; `many`: it may stand there several times."""
    shape = array(schema) if many else schema
    return {"name": name, "in": "query", "required": required, "schema": shape, "description": description}


def flags(**descriptions: str) -> tuple[dict[str, Any], ...]:
    """Parameters that count when they are present, whatever their value."""
    return tuple(asked(name, TEXT, f"{text} Counts when present.") for name, text in descriptions.items())


def json(schema: Schema, status: int = 200) -> dict[int, Answer]:
    """Answers with JSON of this shape."""
    return {status: {JSON: schema}}


def posted(name: str) -> dict[str, Schema]:
    """A body that is JSON of this shape."""
    return {JSON: ref(name)}


def written(body: str) -> dict[str, Operation]:
    """A door for points: one or many."""
    told: Answer = {JSON: ref("PutSummary")}
    wrong: Answer = {JSON: either(ref("PutSummary"), ref("Error"))}
    shape = {JSON: either(ref(body), array(ref(body)))}
    return {"POST": Operation({204: NO_BODY, 200: told, 400: wrong}, _PUT, shape)}


_START = asked("start", TEXT | {"examples": ["1h-ago"]}, "Where the span begins.", required=True)
_SPAN = (_START, asked("end", TEXT, "Where it ends; now, if absent."))
_SHOWN = flags(
    arrays="Points as pairs.", ms="Times in ms.", show_tsuids="Ids of the series.", show_query="The question itself.",
    show_stats="What it cost.", show_summary="What all of it cost.", no_annotations="No annotations.",
    global_annotations="Annotations of everything.",
)  # fmt: skip
_M = asked(
    "m", TEXT | {"examples": ["sum:1m-avg:sys.cpu.user{host=*}"]},
    "`aggregator:[downsample:][rate:]metric[{tags}][{filters}]`.", many=True,
)  # fmt: skip
_TSUID = asked("tsuid", TEXT | {"examples": ["sum:000001000001000001"]}, "The same for ids of series.", many=True)
_PUT = flags(summary="Count what was stored.", details="Say which points were refused, and why.", sync="Wait.")
_NOTE = (asked("start_time", TEXT, "When it starts."), asked("tsuid", TEXT, "Its series; absent: of everything."))
_RANGE = (asked("start_time", TEXT, "From."), asked("end_time", TEXT, "To."))
_LOOKUP = (asked("m", TEXT, "`metric{key=value,…}`."), asked("limit", WHOLE, "Rows at most."))
_LAST = (
    asked("timeseries", TEXT | {"examples": ["sys.cpu.user{host=web01}"]}, "Series by name.", many=True),
    asked("tsuids", TEXT, "Series by id, parted by commas.", many=True),
    asked("back_scan", WHOLE, "How many hours to look back; 0: only series whose newest point is known."),
    *flags(resolve="Names, not only ids."),
)
_IDS = tuple(asked(kind, TEXT, f"Names of kind {kind}, parted by commas.") for kind in ("metric", "tagk", "tagv"))
_SUGGEST = (
    asked("type", one_of("metrics", "tagk", "tagv"), "Kind of the names.", required=True),
    asked("q", TEXT, "What they begin with."),
    asked("max", WHOLE | {"minimum": 1, "maximum": 2**31 - 1}, "How many at most."),
)
_NAMES = Operation(json(ref("Names")))
_MAP = Operation(json(NAMED))
_FOUND = json(ref("Results"))
_ANNOTATED: dict[int, Answer] = {200: {JSON: ref("Annotation")}, 304: NO_BODY}
_ONE = {
    "POST": Operation(_ANNOTATED, _NOTE, posted("Annotation")),
    "PUT": Operation(_ANNOTATED, _NOTE, posted("Annotation")),
    "DELETE": Operation({204: NO_BODY}, _NOTE),
}
_BULK = {
    "POST": Operation(json(ref("Annotations")), (), posted("Annotations")),
    "PUT": Operation(json(ref("Annotations")), (), posted("Annotations")),
    "DELETE": Operation(json(NAMED), (), posted("AnnotationRange")),
}
_FILE = Operation({404: {JSON: ref("Error"), "image/x-icon": {}}})
_META: dict[str, Operation] = {
    "POST": Operation({304: NO_BODY}), "PUT": Operation({304: NO_BODY}), "DELETE": Operation({204: NO_BODY}),
}  # fmt: skip
_TOLD = either(NAMED, array(NAMED))
_LINES = Operation({200: {PLAIN: TEXT, JSON: either(array(TEXT), NAMED)}})
_GRAPH = Operation({200: {HTML: TEXT, PLAIN: TEXT, JSON: NAMED}}, (*_SPAN, _M, *flags(ascii="Lines.", json="Counts.")))
_RENAMED: dict[int, Answer] = json(TEXTS) | json(either(TEXTS, ref("Error")), 400)
_ASSIGNED: dict[int, Answer] = json(NAMED) | json(NAMED, 400)

OPERATIONS: dict[str, dict[str, Operation]] = {
    "/": {"GET": Operation({200: {HTML: TEXT}})},
    "/aggregators": {"GET": _NAMES},
    "/api/aggregators": {"GET": _NAMES},
    "/api/annotation": {"GET": Operation(json(ref("Annotation")), _NOTE), **_ONE},
    "/api/annotation/bulk": _BULK,
    "/api/annotations": {
        "GET": Operation(json(ref("Annotations")), _RANGE),
        **_ONE,
    },
    "/api/annotations/bulk": _BULK,
    "/api/config": {"GET": Operation(json(TEXTS)), "POST": Operation(json(TEXTS))},
    "/api/config/filters": {"GET": _MAP, "POST": _MAP},
    "/api/dropcaches": {"GET": Operation(json(TEXTS)), "DELETE": Operation(json(TEXTS))},
    "/api/histogram": written("Histogram"),
    "/api/openapi.json": {"GET": _MAP},
    "/api/put": written("Point"),
    "/api/query": {
        "GET": Operation(_FOUND, (*_SPAN, _M, _TSUID, *_SHOWN, asked("timezone", TEXT, "Of calendar slots."))),
        "POST": Operation(_FOUND, flags(arrays="Points as pairs."), posted("Query")),
        "DELETE": Operation({}),
    },
    "/api/query/exp": {"GET": Operation({}), "POST": Operation(json(NAMED), (), posted("Expressions"))},
    "/api/query/gexp": {
        "GET": Operation(
            _FOUND,
            (*_SPAN, asked("exp", TEXT | {"examples": ["scale(sum:sys.cpu.user,2)"]}, "A function.", many=True)),
        )
    },
    "/api/query/last": {
        "GET": Operation(json(array(NAMED)), _LAST),
        "POST": Operation(json(array(NAMED)), (), posted("LastQuestion")),
    },
    "/api/rollup": written("Point"),
    "/api/search": {
        "GET": Operation(json(ref("Series")), _LOOKUP),
        "POST": Operation(json(ref("Series")), (), posted("Lookup")),
    },
    "/api/stats": {"GET": Operation(json(_TOLD)), "POST": Operation(json(_TOLD))},
    "/api/status": {"GET": Operation(json(TEXTS))},
    "/api/suggest": {
        "GET": Operation(json(ref("Names")), _SUGGEST),
        "POST": Operation(json(ref("Names")), (), posted("Suggestion")),
    },
    "/api/tdigest/v1/batch": {
        "POST": Operation(
            json(ref("Report")), (),
            {JSON: ref("Batch"), "application/vnd.tdigest.v1+msgpack": {"description": "docs/wire-format.md"}},
        )
    },
    "/api/tdigest/v1/hello": {"GET": _MAP},
    "/api/tree": {"GET": Operation(json(array(NAMED)), (asked("treeid", TEXT, "A tree."),))},
    "/api/uid": {"GET": Operation({}), "POST": Operation({})},
    "/api/uid/assign": {"GET": Operation(_ASSIGNED, _IDS), "POST": Operation(_ASSIGNED, (), posted("Assignment"))},
    "/api/uid/rename": {
        "GET": Operation(_RENAMED, (*_IDS, asked("name", TEXT, "What it becomes."))),
        "POST": Operation(_RENAMED, (), posted("Renaming")),
    },
    "/api/uid/tsmeta": {
        "GET": Operation(json(array(NAMED)), (asked("tsuid", TEXT, "A series."), asked("m", TEXT, "Series."))), **_META,
    },
    "/api/uid/uidmeta": {
        "GET": Operation(json(NAMED), (asked("uid", TEXT, "An id."), asked("type", TEXT, "Of which kind."))), **_META,
    },
    "/api/version": {"GET": Operation(json(TEXTS))},
    "/favicon.ico": {"GET": _FILE},
    "/metrics": {"GET": Operation({200: {PLAIN: TEXT}})},
    "/q": {"GET": _GRAPH, "POST": _GRAPH},
    "/s": {"GET": _FILE},
    "/logs": {"GET": _LINES},
    "/stats": {"GET": _LINES},
    "/suggest": {"GET": Operation(json(ref("Names")), _SUGGEST)},
    "/version": {"GET": _LINES},
}  # fmt: skip

BELOW = {
    "/api/search": ("kind", one_of("lookup", "tsmeta", "tsmeta_summary", "tsuids", "uidmeta", "annotation")),
}
"""Where a name below the row's path says what is asked."""
