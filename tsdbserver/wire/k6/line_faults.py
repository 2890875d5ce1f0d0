"""Why a line gives no sample: the reasons, all of them fixed texts, so that there are never many.

None of this is on the way of a line that is in order.
"""

import json
import re
from typing import Any

import msgspec

from tsdbserver.wire.decoding import UNREADABLE

MAX_LINE = 1 << 20
"""Bytes of a line; a longer one is skipped."""

EMPTY = "empty"
NOT_JSON = "not JSON"
K6_LOG = "a line of k6's log"
UNREADABLE_LINE = "unreadable"
CUT_SHORT = "cut short"
NOT_UTF8 = "not UTF-8"
TOO_LONG = f"longer than {MAX_LINE} bytes"
STRANGE = "neither a metric nor a point"
BAD_DEFINITION = "a definition without a name or a type"
UNKNOWN_TYPE = "of a metric of an unknown type"
UNDEFINED = "of a metric that was not defined"
NO_METRIC = "without a metric"
NO_DATA = "without data"
BAD_TIME = "without a time that can be read"
TIME_OUT_OF_RANGE = "with a time out of range"
NOT_FINITE = "not finite"
NOT_A_NUMBER = "with a value that is not a number"
BAD_TAGS = "with tags that are not texts"

HARMLESS = frozenset({EMPTY})
"""Lines that certainly hold no sample."""

_MAX_SHOWN = 80
_NOT_FINITE_TEXT = r"[+-]?(?:nan|inf(?:inity)?)"
_NOT_FINITE_VALUE = re.compile(r'"value"\s*:\s*' + _NOT_FINITE_TEXT + r"\s*[,}]", re.IGNORECASE)
_NOT_FINITE_WORD = re.compile(_NOT_FINITE_TEXT, re.IGNORECASE)
_OBJECT = re.compile(r'\{\s*(?:"|$)')
_PIECE_OF_JSON = re.compile(r'"\s*[:}]|"\s*,\s*"|[{}]\}\s*$')
"""Not what k6's summary has: `http_req_duration{scenario:buy}`, `{ expected_response:true }...: avg=3ms`."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARK = "\ufeff"
_GAP = re.compile(r"[\s\ufeff]+")
_MAX_PIECES = 100
_json = json.JSONDecoder()


def explain(line: bytes) -> str:
    """The reason of a line that is neither a definition nor a point as k6 writes them, without its end."""
    if not line:
        return EMPTY
    if len(line) > MAX_LINE:
        return TOO_LONG
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    if _NOT_FINITE_VALUE.search(text):
        return NOT_FINITE  # as k6 1.x writes it, which is not JSON
    try:
        return _explain_value(msgspec.json.decode(line))
    except UNREADABLE as error:
        return _explain_text(text, str(error))


def _explain_text(text: str, error: str) -> str:
    """A text that is not JSON. k6's own words are told from what is left of a damaged line."""
    if _OBJECT.match(text):
        return CUT_SHORT if "truncated" in error and not _is_whole(text) else UNREADABLE_LINE
    if _PIECE_OF_JSON.search(text) or _CONTROL.search(text):
        return UNREADABLE_LINE
    return NOT_JSON


def _explain_value(value: Any) -> str:
    if not isinstance(value, dict):
        return UNREADABLE_LINE
    kind = value.get("type")
    if kind == "Metric":
        return BAD_DEFINITION
    if kind == "Point":
        return _explain_point(value)
    return K6_LOG if kind is None and {"level", "msg"} <= value.keys() else STRANGE


def _explain_point(point: dict[str, Any]) -> str:
    data = point.get("data")
    if not isinstance(point.get("metric"), str):
        return NO_METRIC
    if not isinstance(data, dict):
        return NO_DATA
    if not isinstance(data.get("time"), str):
        return BAD_TIME
    value = data.get("value")
    if isinstance(value, str) and _NOT_FINITE_WORD.fullmatch(value.strip()):
        return NOT_FINITE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NOT_A_NUMBER
    return UNREADABLE_LINE


def _is_whole(text: str) -> bool:
    """Whether a text is JSON for a reader that takes half of a surrogate pair, which a stricter one finds cut short."""
    try:
        _json.decode(text)
    except UNREADABLE:
        return False
    return True


def explain_tags(text: bytes) -> str:
    """The reason of a point whose tags cannot be read."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return BAD_TAGS


def split_values(line: bytes) -> list[bytes]:
    """The JSON values of a line that has several, as where a file without an end of line precedes another one.

    Byte order marks between them are left out. What is no value is a piece as it is, up to a byte order mark or the
    end; a line that holds no value is its own only piece.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return [line]
    pieces: list[bytes] = []
    at = _skip_gap(text, 0)
    while at < len(text):
        end = _end(text, at) if len(pieces) < _MAX_PIECES else len(text)
        pieces.append(text[at:end].encode())
        at = _skip_gap(text, end)
    return pieces if len(pieces) > 1 and pieces[0][:1] == b"{" else [line]


def _skip_gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return at if gap is None else gap.end()


def _end(text: str, at: int) -> int:
    """Where the object that begins at `at` ends; if it is none, the next byte order mark or the end of the text."""
    try:
        if text[at] != "{":
            raise ValueError("not an object")
        return _json.raw_decode(text, at)[1]
    except UNREADABLE:
        mark = text.find(_MARK, at)
        return len(text) if mark < 0 else mark


def show(line: bytes) -> str:
    """The beginning of a line, for an error message."""
    text = line[: 4 * _MAX_SHOWN].decode(errors="replace")
    shown = "".join(character if character.isprintable() else "�" for character in text[:_MAX_SHOWN])
    return shown + ("…" if len(text) > _MAX_SHOWN or len(line) > 4 * _MAX_SHOWN else "")
