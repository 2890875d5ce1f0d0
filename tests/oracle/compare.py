"""Whether an answer is the recorded one, looked at as a client would.

Numbers agree within 1e-9 of each other, and 1 is 1.0; results may come in any order; of an error its code and message
count, of an echoed query the fields by which clients know their questions. Times and hosts of the recording do not.
"""

import json
import math

ECHOED = frozenset(
    ("index", "metric", "aggregator", "downsample", "rate", "tsuids", "explicitTags", "percentiles")
)  # fmt: skip
OF_THE_MOMENT = frozenset(("time", "timestamp", "created", "emitter"))


def why_not(row, answer):
    """In which way an answer is not the row's; empty if it is."""
    if row["method"] == "TELNET":
        return _text(answer.text, row["response"] or "")
    if row["status"] == 500 and answer.status == 400 and _message(_parsed(answer.text)):
        return ""  # OpenTSDB takes some mistakes of a client's for its own
    if answer.status != row["status"]:
        return f"status {answer.status} instead of {row['status']}: {answer.text[:300]}"
    return _headers(row.get("headers", {}), answer) or _body(row, answer)


def _text(got, expected):
    return "" if got.strip() == expected.strip() else f"{got!r} instead of {expected!r}"


def _message(content):
    error = content.get("error") if isinstance(content, dict) else None
    return error.get("message") if isinstance(error, dict) else None


def _headers(expected, answer):
    for name, value in expected.items():
        got = answer.headers.get(name)
        if name.startswith("access-control") and got != value:
            return f"header {name}: {got!r} instead of {value!r}"
        if name == "content-type" and answer.text and _media(got or "") != _media(value):
            return f"content type {got!r} instead of {value!r}"
    return ""


def _media(content_type):
    return content_type.replace(";", " ").split()[:1]


def _body(row, answer):
    if row["response"] is None or row["response"].startswith("<"):
        return ""  # nothing to compare, or a page for people
    got, expected = _seen(_parsed(answer.text)), _seen(_parsed(row["response"]))
    if row.get("compare") == "status and shape":
        got, expected = _shape(got), _shape(expected)
    if same(got, expected):
        return ""
    if "response_float" in row and same(got, _seen(_parsed(row["response_float"]))):
        return ""
    return f"{json.dumps(got)[:500]}\n    instead of {json.dumps(expected)[:500]}"


def _parsed(text):
    """The JSON, or the text where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def _seen(value):
    """What clients look at."""
    if isinstance(value, list):
        return _in_order([_seen(item) for item in value])
    if not isinstance(value, dict):
        return value
    error = value.get("error")
    if isinstance(error, dict) and "code" in error:
        return {"error": {"code": error["code"], "message": error.get("message")}}
    return {name: _seen(_echo(part) if name == "query" else part)
            for name, part in value.items() if name not in OF_THE_MOMENT}  # fmt: skip


def _echo(query):
    return {name: part for name, part in query.items() if name in ECHOED} if isinstance(query, dict) else query


def _in_order(items):
    if all(isinstance(item, dict) and "metric" in item for item in items):
        items.sort(key=lambda item: json.dumps([item.get(k) for k in ("metric", "tags", "query")], sort_keys=True))
    return items


def same(one, other):
    """Whether two JSON values are equal, their numbers within 1e-9."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _shape(value):
    """Names and types; of a list the type of its first item."""
    if isinstance(value, dict):
        return {name: _shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value[:1]]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
