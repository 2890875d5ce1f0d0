"""The shapes of bodies and answers, as JSON Schema, each under the name by which operations refer to it."""

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """The shape of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": items}


def obj(required: str = "", **properties: Schema) -> Schema:
    """An object, with the names of what it must have."""
    return {"type": "object", "required": required.split(), "properties": properties}


def either(*schemas: Schema) -> Schema:
    """One of these."""
    return {"anyOf": list(schemas)}


def one_of(*values: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
NAMED: Schema = {"type": "object"}
TIME = either(WHOLE, TEXT) | {"description": "Seconds or ms since the epoch, `1h-ago`, or `2013/01/01-12:00:00`."}

_TAGS = TEXTS | {"minProperties": 1, "maxProperties": 8, "examples": [{"host": "web01"}]}
_FILTER = obj("type tagk filter", type=TEXT, tagk=TEXT, filter=TEXT, groupBy=YES)
_RATE = obj(counter=YES, counterMax=NUMBER, resetValue=NUMBER, dropResets=YES)
_ANNOTATION = obj(tsuid=TEXT, startTime=WHOLE, endTime=WHOLE, description=TEXT, notes=TEXT, custom=TEXTS)
_SUB_QUERY = obj(
    "aggregator",
    metric=TEXT | {"examples": ["sys.cpu.user"]},
    aggregator=TEXT | {"examples": ["sum", "p99"]},
    downsample=TEXT | {"examples": ["1m-avg", "10s-sum-zero", "0all-p99"]},
    rate=YES,
    rateOptions=_RATE,
    filters=array(_FILTER),
    tags=TEXTS,
    tsuids=array(TEXT),
    explicitTags=YES,
    percentiles=array(NUMBER),
    showHistogramBuckets=YES,
)

SCHEMAS: dict[str, Schema] = {
    "Error": obj("error", error=obj("code message", code=WHOLE, message=TEXT, details=TEXT)),
    "Point": obj(
        "metric timestamp value tags",
        metric=TEXT | {"examples": ["sys.cpu.user"]},
        timestamp=either(WHOLE, TEXT) | {"examples": [1356998400]},
        value=either(NUMBER, TEXT) | {"examples": [42.5]},
        tags=_TAGS,
    ),
    "Histogram": obj(
        "metric timestamp tags",
        metric=TEXT,
        timestamp=either(WHOLE, TEXT),
        tags=_TAGS,
        buckets=TEXTS | {"additionalProperties": WHOLE, "examples": [{"0,1.75": 12, "1.75,3.5": 4}]},
        underflow=WHOLE,
        overflow=WHOLE,
        id=WHOLE,
        value=TEXT,
    ),
    "PutSummary": obj("success failed", success=WHOLE, failed=WHOLE, timeouts=WHOLE, errors=array(NAMED)),
    "SubQuery": _SUB_QUERY,
    "Query": obj(
        "start queries",
        start=TIME | {"examples": ["1h-ago"]},
        end=TIME,
        queries=array(ref("SubQuery")) | {"minItems": 1},
        timezone=TEXT,
        useCalendar=YES,
        msResolution=YES,
        showQuery=YES,
        showSummary=YES,
        showStats=YES,
        showTSUIDs=YES,
        noAnnotations=YES,
        globalAnnotations=YES,
    ),
    "Results": array(
        obj(
            metric=TEXT, tags=TEXTS, aggregateTags=array(TEXT), tsuids=array(TEXT),
            dps=either(NAMED, array(array(ANYTHING))),
        )
    ),
    "Expressions": obj(
        "time",
        time=obj("start aggregator", start=TIME, end=TIME, aggregator=TEXT, downsampler=NAMED),
        filters=array(NAMED),
        metrics=array(NAMED),
        expressions=array(NAMED),
        outputs=array(NAMED),
    ),
    "LastQuestion": obj(
        "queries", queries=array(obj(metric=TEXT, tags=TEXTS, tsuids=array(TEXT))), resolveNames=YES, backScan=WHOLE,
    ),
    "Lookup": obj(metric=TEXT, limit=WHOLE, tags=array(obj(key=TEXT, value=TEXT)), useMeta=YES),
    "Series": obj("type results totalResults", type=TEXT, results=array(NAMED), totalResults=WHOLE),
    "Annotation": _ANNOTATION,
    "Annotations": array(ref("Annotation")),
    "AnnotationRange": obj(startTime=TIME, endTime=TIME, tsuids=array(TEXT)),
    "Suggestion": obj("type", type=one_of("metrics", "tagk", "tagv"), q=TEXT, max=WHOLE),
    "Names": array(TEXT),
    "Assignment": obj(metric=array(TEXT), tagk=array(TEXT), tagv=array(TEXT)),
    "Renaming": obj("name", metric=TEXT, tagk=TEXT, tagv=TEXT, name=TEXT),
    "Batch": obj("v iid seq t0 iv series", v=WHOLE, iid=TEXT, seq=WHOLE, t0=WHOLE, iv=WHOLE, series=array(NAMED)),
    "Report": obj(
        "ok dup series refused now", ok=YES, dup=YES, series=WHOLE, refused=array(array(ANYTHING)), now=WHOLE,
    ),
}  # fmt: skip
