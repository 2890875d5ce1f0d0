"""Histogram lines."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators.histogram.histogram import Histogram
from tests.wire.points.histograms import histograms
from tests.wire.points.test_histogram_bytes import TWO, TWO_BYTES
from tsdbserver.errors import BadPoint
from tsdbserver.java.numbers import NotANumber
from tsdbserver.model.data_point import HistogramPoint
from tsdbserver.model.series import SeriesKey
from tsdbserver.wire.points.histogram_text import parse_histogram, parse_histogram_line

BASE64 = b64encode(TWO_BYTES).decode()


def text_of(histogram):
    buckets = [f"{low!r},{high!r}={n}" for (low, high), n in zip(histogram.bounds, histogram.counts, strict=True)]
    return ":".join([*buckets, f"o={histogram.overflow}", f"u={histogram.underflow}"])


@given(histograms)
def test_what_is_written_is_read(histogram):
    assert parse_histogram(text_of(histogram)) == histogram


SAME = Histogram.of({(0.0, 1.75): 12, (1.75, 3.5): 16}, 0, 1)
SPELLINGS = {
    "u=0:o=1:0,1.75=12:1.75,3.5=16": SAME,
    "1.75,3.5=16:0,1.75=12:O=1": SAME,
    "U=0:o=+1:0.0,1.75f=12:175e-2,3.5=16": SAME,
    "o=9:o=1:0,1.75=99:-0,1.75=12:1.75,3.5=16": SAME,
    "u=3": Histogram.of({}, 3),
    "0,0.1=1": Histogram.of({(0.0, 0.10000000149011612): 1}),
}


@pytest.mark.parametrize("text, histogram", SPELLINGS.items())
def test_spellings(text, histogram):
    assert parse_histogram(text) == histogram


NINES = "9" * 5000
BAD = {
    "u": "Improperly formatted bucket: u",
    "u=1:": "Improperly formatted bucket: ",
    "0,1=1=1": "Improperly formatted bucket: 0,1=1=1",
    "0=1": "Improperly formatted bounds: 0=1",
    "0,1,2=1": "Improperly formatted bounds: 0,1,2=1",
    "0,x=1": "Invalid bound 'x' in bucket: 0,x=1",
    "0,Infinity=1": "Invalid bound 'infinity' in bucket: 0,Infinity=1",
    "0,1e39=1": "Bucket bounds must be finite: 0.0,inf",
    "0,1=1.5": "Invalid count '1.5' in bucket: 0,1=1.5",
    "0,1=": "Invalid count '' in bucket: 0,1=",
    "0,1=9223372036854775808": "Invalid count '9223372036854775808' in bucket: 0,1=9223372036854775808",
    f"0,1={NINES}": f"Invalid count '{NINES}' in bucket: 0,1={NINES}",
    "0,1=-1": "Negative count in bucket 0.0,1.0: -1",
    "o=-1": "Negative count in bucket overflow: -1",
}


@pytest.mark.parametrize("text, message", BAD.items())
def test_what_is_no_histogram(text, message):
    with pytest.raises(BadPoint) as caught:
        parse_histogram(text)

    assert caught.value.message == message


@pytest.mark.parametrize("value", [f"42 {BASE64}", "u=1:o=2:0,1.75=12:1.75,3.5=300"])
@pytest.mark.parametrize("time", ["1356998400", "1356998400.000", "1356998400000"])
def test_a_line(time, value):
    line = parse_histogram_line(f"histogram rt {time} {value} host=a  dc=b".split(" "))

    assert line.point() == HistogramPoint(SeriesKey("rt", (("dc", "b"), ("host", "a"))), 1356998400000, TWO)


LINES = {
    "histogram rt 1356998400": "not enough arguments (need least 5, got 2)",
    "histogram  1356998400 u=1 host=a": "empty metric name",
    "histogram rt 0 u=1 host=a": "invalid timestamp: 0",
    "histogram rt x u=1 host=a": "Invalid character 'x' in x",
    "histogram rt 1356998400  host=a": "empty histogram value",
    "histogram rt 1356998400 42  host=a": "empty histogram value",
    "histogram rt 1356998400 u=1 host": "invalid tag: host",
}


@pytest.mark.parametrize("line, message", LINES.items())
def test_what_is_no_line(line, message):
    with pytest.raises(BadPoint) as caught:
        parse_histogram_line(line.split(" "))

    assert caught.value.message == message
    assert isinstance(caught.value, NotANumber) == message.startswith("Invalid character")


POINTS = {
    "histogram rt 1356998400 42 AAAA host=a": "Byte array shorter than 6 bytes detected: [0, 0, 0]",
    "histogram rt 1356998400 7 AAAA host=a": "No codec found mapped to ID 7",
    "histogram rt 1356998400 256 AAAA host=a": "Invalid type. Must be from 0 to 255.",
    "histogram rt 1356998400 u=1 ": "Need at least one tag (metric=rt, tags={})",
    "histogram r:t 1356998400 u=1 host=a": 'Invalid metric name ("r:t"): illegal character: :',
    "histogram rt 99999999999999 u=1 host=a": "bad timestamp=99999999999999 when trying to add "
    "value=[42, 0, 0, 1, 0]/0 to metric=rt, tags={host=a}",
}


@pytest.mark.parametrize("line, message", POINTS.items())
def test_what_is_no_point(line, message):
    line = parse_histogram_line(line.split(" "))
    with pytest.raises(BadPoint) as caught:
        line.point()

    assert caught.value.message == message


@given(st.text("u o=:,.0123-xeE", max_size=30))
def test_any_text_is_a_histogram_or_a_bad_point(text):
    with suppress(BadPoint):
        assert parse_histogram(text_of(parse_histogram(text))) == parse_histogram(text)
