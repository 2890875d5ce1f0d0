"""The language: what scripts say, and what is said of bad ones."""

import math

import pytest

from tests.scriptlang.parser import parse
from tests.scriptlang.script import Failure, Grid, Kind, Row, ScriptError, Value
from tests.scriptlang.times import BASE, moment, shown

LOAD = "load every 10s\n    m{h=a}  1 2 3\n"


def only(text):
    """The eval of a script that has one."""
    (case,) = parse(text, "some.tsq")
    return case


def seconds(points):
    return {(time - BASE) / 1000: value for time, value in points}


def loaded(text, kind="every 10s"):
    (load,) = only(f"load {kind}\n    m{{h=a}}  {text}\neval 0s..9s sum:m\n    empty").loads
    return seconds(load.series[0].points)


def expected(text, question="0s..59s sum:10s-sum:m"):
    (row,) = only(f"{LOAD}eval {question}\n    {text}").expected
    return row


def test_a_load_has_series_with_tags_and_points():
    (load,) = only("load every 10s\n  m{h=a,dc=x}  1 _ 3  # a gap\n  n 5\neval 0s..9s sum:m\n  empty").loads

    assert (load.kind, load.grid) == (Kind.POINTS, Grid(BASE, 10_000))
    assert [(s.metric, s.tags, seconds(s.points)) for s in load.series] == [
        ("m", (("dc", "x"), ("h", "a")), {0: 1, 20: 3}),
        ("n", (), {0: 5}),
    ]


@pytest.mark.parametrize(
    "text, points",
    [("1 -2.5 1e3", {0: 1, 10: -2.5, 20: 1000}), ("10+10x2", {0: 10, 10: 20, 20: 30}), ("_x2 1", {20: 1}),
     ("5-2x1 0", {0: 5, 10: 3, 20: 0}), ("7s=1 2", {7: 1, 10: 2}), ("1/4", {0: 0.25})],
)  # fmt: skip
def test_values_of_points(text, points):
    assert loaded(text) == points


@pytest.mark.parametrize(
    "kind, text, points",
    [("points", "0s=1 1m5s=2 1500ms=3", {0: 1, 65: 2, 1.5: 3}),
     ("points", "2013/01/01-00:01=1", {60: 1}),
     ("every 1m from 30s", "1 2", {30: 1, 90: 2}),
     ("digests every 10s", "[12 15 99] _ [1+1x3]", {0: (12, 15, 99), 20: (1, 2, 3, 4)}),
     ("rates every 10s", "3/10", {0: (3, 10)}),
     ("counters every 10s from 1m", "3", {60: 3})],
)  # fmt: skip
def test_kinds_of_loads(kind, text, points):
    assert loaded(text, kind) == points


def test_an_eval_sees_the_loads_above_it_since_the_last_clear():
    ask = "eval 0s..9s sum:m\n    empty\n"
    first, second, third = parse(f"{LOAD}{ask}{LOAD}{ask}clear\n{LOAD}{ask}", "some.tsq")

    assert [len(case.loads) for case in (first, second, third)] == [1, 2, 1]


def test_a_row_has_tags_aggregated_keys_and_values():
    row = expected("{dc=x} aggregated h rack   1 NaN null _ 5")
    points = dict(row.points)
    gap = points.pop(BASE + 10_000)

    assert row == Row((("dc", "x"),), ("h", "rack"), row.points)
    assert math.isnan(gap.number)  # equal to no other NaN, since Python 3.13 not even inside a dataclass
    assert points == {BASE: Value(1, 1e-9), BASE + 20_000: Value(None), BASE + 40_000: Value(5, 5e-9)}


@pytest.mark.parametrize("text, tags, keys", [("1", 0, 0), ("{h=a}  1", 1, 0), ("aggregated h  1", 0, 1)])
def test_tags_and_aggregated_keys_may_be_absent(text, tags, keys):
    row = expected(text)

    assert (len(row.tags), len(row.aggregated)) == (tags, keys)


@pytest.mark.parametrize(
    "text, number, tolerance",
    [("~3.14", 3.14, 0.005), ("~7", 7, 0.5), ("200±1", 200, 1), ("200±0.5%", 200, 1), ("1/3", 1 / 3, 1e-9 / 3)],
)
def test_tolerances(text, number, tolerance):
    value = expected(text).points[BASE]

    assert value.number == pytest.approx(number)
    assert value.tolerance == pytest.approx(tolerance)


def test_nan_is_a_number_that_is_none():
    assert math.isnan(expected("NaN").points[BASE].number)


@pytest.mark.parametrize(
    "question, times",
    [("0s..59s sum:10s-sum:m", [0, 10]), ("5s..59s sum:10s-sum:m", [10, 20]), ("5s..59s sum:rate:30s-sum:m", [30, 60]),
     ("15s..59s sum:m", [20, 30]), ("0s..59s sum:7s-sum:m", [5, 12])],
)  # fmt: skip
def test_where_values_without_stamps_stand(question, times):
    assert list(seconds(expected("1 1", question).points.items())) == times


def test_stamps_are_dates_of_the_querys_time_zone_or_utc():
    row = expected(
        "2013/07/01=1 2013/07/01-12:30Z=2", "2013/07/01..2013/07/02 sum:1dc-sum:m with timezone=Europe/Berlin"
    )

    assert list(row.points) == [moment("2013/06/30-22:00"), moment("2013/07/01-12:30")]


def test_a_date_of_a_question_is_left_to_the_server_and_any_other_time_is_not():
    asked = only("eval 2013/01/01..10s sum:m with ms useCalendar\n    empty").question

    assert (asked.start, asked.end, asked.ms, asked.use_calendar) == ("2013/01/01", BASE + 10_000, True, True)


def test_an_eval_may_say_what_the_clock_shows():
    clock = only("eval 0s..10s sum:m with now=5s\n    empty").question.now
    assert clock == only("eval 5s..10s sum:m\n    empty").question.start
    assert only("eval 0s..10s sum:m\n    empty").question.now is None


def test_an_error_has_a_status_and_maybe_a_text():
    assert only("eval 0s..1s nosuch\n    error 400 not enough").expected == Failure(400, "not enough")
    assert only("eval 0s..1s nosuch\n    error 500").expected == Failure(500, "")


def test_what_opentsdb_does_otherwise_is_said_of_one_eval():
    ask = "eval 0s..9s sum:m\n    empty\n"

    assert [c.unlike_opentsdb for c in parse(f"unlike opentsdb: so it is\n{ask}{ask}", "s")] == ["so it is", ""]


@pytest.mark.parametrize(
    "text", ["0s", "59s", "1m30s", "1s500ms", "18h30m", "2013/01/02-00:00:00Z", "2012/12/31-23:59:59Z"]
)
def test_a_time_is_shown_as_it_may_be_written(text):
    assert shown(moment(text)) == text


BAD = {
    "nothing asked": (LOAD, "", "the script asks nothing"),
    "unknown statement": ("lod every 10s", ":1", "expected load, eval, clear or unlike opentsdb"),
    "indented first": ("    m 1", ":1", "belongs to a load or an eval above it"),
    "kind": ("load gages every 10s\n    m 1", ":1", "cannot load 'gages'"),
    "step": ("load every 10x\n    m 1", ":1", "'10x' is no time"),
    "no series": ("load every 10s\nclear", ":1", "a load needs indented lines"),
    "no values": ("load every 10s\n    m{h=a}", ":2", "expected metric{tag=value,...} and values"),
    "number": ("load every 10s\n    m{h=a} 1 x", ":2", "'x': no number"),
    "tag": ("load every 10s\n    m{h} 1", ":2", "'h' is no tag=value"),
    "no stamp": ("load points\n    m 1", ":2", "'1': needs a time"),
    "stamp": ("load points\n    m soon=1", ":2", "'soon=1': 'soon' is no time"),
    "samples": ("load digests every 10s\n    m 5", ":2", "'5': no list of samples"),
    "no samples": ("load digests every 10s\n    m []", ":2", "an interval without samples is written _"),
    "rate": ("load rates every 10s\n    m 5", ":2", "'5': no rate"),
    "interval": ("load digests every 10s\n    m 5s=[1]", ":2", "begins at a multiple of its step"),
    "no answer": ("eval 0s..9s sum:m", ":1", "an eval needs the answer below it"),
    "error and more": ("eval 0s..9s sum:m\n    error 400 x\n    error 400 y", ":2", "error or empty stand alone"),
    "empty and more": (f"{LOAD}eval 0s..9s sum:m\n    1\n    empty", ":5", "error or empty stand alone"),
    "one blank": (f"{LOAD}eval 0s..9s sum:m\n    {{h=a}} 1", ":4", "expected {tag=value,...}"),
    "row without points": (f"{LOAD}eval 0s..9s sum:m\n    {{h=a}}  _", ":4", "write empty"),
    "calendar without stamps": (f"{LOAD}eval 0s..9s sum:1dc-sum:m\n    1", ":4", "'1': needs a time"),
    "two values of one slot": (f"{LOAD}eval 0s..9s sum:0all-sum:m\n    1 2", ":4", "'2': needs a time"),
    "option": ("eval 0s..9s sum:m with milliseconds\n    empty\n    empty", ":1", "unknown option 'milliseconds'"),
    "zone": ("eval 0s..9s sum:m with timezone=X\n    2013/01/01=1", ":2", "'X' is no time zone"),
    "malformed m with an answer": ("eval 0s..9s sum\n    1", ":1", "'sum' is not of the form"),
    "no range": ("eval 0s sum:m\n    empty", ":1", "expected load, eval"),
}


@pytest.mark.parametrize("text, place, reason", BAD.values(), ids=BAD.keys())
def test_a_bad_script_is_told_where_and_why(text, place, reason):
    with pytest.raises(ScriptError) as error:
        parse(text, "bad.tsq")

    message = str(error.value)
    assert message.startswith(f"bad.tsq{place}: ")
    assert reason in message


def test_the_text_of_a_bad_line_is_shown():
    with pytest.raises(ScriptError, match=r"m\{h=a\} 1 x"):
        parse("load every 10s\n    m{h=a} 1 x", "bad.tsq")
