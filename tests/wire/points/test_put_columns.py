"""Points that are read the quick way are the points that the other way makes of them."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.put_bodies import PutBodies
from tsdbserver.errors import BadPoint, TsdbError
from tsdbserver.wire.points.put_columns import read_lines, read_series
from tsdbserver.wire.points.put_json import parse_put
from tsdbserver.wire.points.put_line import parse_put_line
from tsdbserver.wire.points.put_reader import read_large_put, read_put
from tsdbserver.wire.points.rules import DEFAULT_RULES
from tsdbserver.wire.points.series_cache import REFUSED, KnownSeries
from tsdbserver.wire.points.telnet_lines import decode_line

BORDER = st.integers(0, 2**64).map(lambda seed: PutBodies(random.Random(seed)))
USUAL = b"put cpu 1356998400 1.5 host=a"


class Handles:
    """A handle for each series, as a store gives them."""

    def __init__(self):
        self.series = []
        self.known = KnownSeries(self._resolve)

    def _resolve(self, metric, tags):
        series = read_series(metric, tags, DEFAULT_RULES)
        if series is None:
            return REFUSED
        self.series.append(series)
        return len(self.series) - 1

    def points(self, columns):
        rows = zip(columns.handles.tolist(), columns.times.tolist(), columns.values.tolist(), strict=True)
        return [(self.series[handle], time, repr(value)) for handle, time, value in rows]


def shown(put):
    if put.point is None:
        return put.error, repr(put.sent)
    return put.point.series, put.point.time, repr(put.point.value)


def whole(body):
    """What the way that knows every rule makes of a body."""
    return [shown(put) for put in parse_put(body, DEFAULT_RULES)]


def quick(read, body):
    handles, points = Handles(), []
    readings = read(body, handles.known, DEFAULT_RULES)
    for reading in readings if isinstance(readings, list) else [readings]:
        usual = iter(handles.points(reading.columns) if reading.columns is not None else ())
        points += [shown(reading.odd[at]) if at in reading.odd else next(usual) for at in range(reading.count)]
    return points


def said(read, *args):
    """The points, or the refusal of all of them."""
    try:
        return read(*args)
    except TsdbError as error:
        return error.status_hint, error.message


@pytest.mark.parametrize("read", [read_put, read_large_put])
@settings(max_examples=300)
@given(BORDER)
def test_bodies(read, bodies):
    body = bodies.body()

    assert said(quick, read, body) == said(whole, body)


@settings(max_examples=300)
@given(BORDER, st.integers(1, 5))
def test_lines(bodies, count):
    assert_lines_agree([bodies.line() for _ in range(count)])


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=6)
MIXED = st.lists(NAMES.map(str.encode) | NAMES.map(lambda name: name.encode("latin-1", "replace")), min_size=1).map(
    b"".join
)


@settings(max_examples=300)
@given(st.lists(st.tuples(MIXED, MIXED, MIXED), min_size=1, max_size=4))
def test_lines_of_any_encoding(names):
    assert_lines_agree([b"put m%b 1356998400 1 k%b=v%b" % one for one in names])


LETTERS = st.text(st.characters(categories=["L"], max_codepoint=0xFFFF), min_size=1, max_size=9)


@given(LETTERS, LETTERS, LETTERS)
def test_a_line_and_a_body_name_the_same_series(metric, key, value):
    handles = Handles()
    line = f"put {metric} 1356998400 1 {key}={value}".encode()
    body = json.dumps({"metric": metric, "timestamp": 1356998400, "value": 1, "tags": {key: value}}).encode()
    columns = read_lines([line], handles.known)
    (sent,) = parse_put(body)

    assert columns is not None
    assert handles.points(columns) == [one_by_one(line)] == [shown(sent)]


@given(st.characters(codec="utf-8", exclude_characters=" \n\r="))
def test_doors_allow_the_same_characters(character):
    line = one_by_one(f"put m 1356998400 1 host=a{character}b".encode())
    body = {"metric": "m", "timestamp": 1356998400, "value": 1, "tags": {"host": f"a{character}b"}}
    (sent,) = parse_put(json.dumps(body).encode())

    assert line == (sent.error or shown(sent))


@pytest.mark.parametrize(
    "value",
    [b"\t1", b"1\t", b"\r1", b"1\r", b"1,2", b"[1]", b"-0", b"1e400", b"01", b"9223372036854775808", b"", b"null"],
)
def test_values_that_json_sees_otherwise(value):
    assert_lines_agree([USUAL, b"put cpu 1356998400 %b host=a" % value, USUAL])


def test_a_blank_beside_a_value_is_no_part_of_a_number():
    assert read_lines([USUAL.replace(b"1.5", b"1\t")], Handles().known) is None


def assert_lines_agree(lines):
    """All points of lines that are taken the quick way are points, and the same."""
    handles = Handles()
    columns = read_lines(lines, handles.known)
    if columns is not None and columns.good.all():
        assert handles.points(columns) == [one_by_one(line) for line in lines]


def one_by_one(line):
    words = decode_line(line).split(" ")
    assert words[0] == "put"
    try:
        point = parse_put_line(words, DEFAULT_RULES)
    except BadPoint as error:
        return error.message
    return point.series, point.time, repr(point.value)
