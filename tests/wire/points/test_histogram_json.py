"""Bodies of `/api/histogram`."""

import json
from base64 import b64encode

import pytest
from hypothesis import given

from aggregators.histogram.histogram import Histogram
from tests.wire.points.histograms import histograms
from tests.wire.points.test_histogram_bytes import TWO, TWO_BYTES
from tsdbserver.errors import BadRequest
from tsdbserver.model.data_point import HistogramPoint
from tsdbserver.model.series import SeriesKey
from tsdbserver.wire.points.histogram_bytes import encode
from tsdbserver.wire.points.histogram_json import IncomingHistogram
from tsdbserver.wire.points.put_json import parse_points

RT = {"metric": "rt", "timestamp": 1356998400, "tags": {"host": "a"}}
BUCKETS = {"0,1.75": 12, "1.75,3.5": 300}


def parse(*points):
    return parse_points(json.dumps(points).encode(), read=IncomingHistogram.read)


def parse_one(**fields):
    (result,) = parse({**RT, **fields})
    return result


def test_buckets_and_bytes():
    expected = HistogramPoint(SeriesKey("rt", (("host", "a"),)), 1356998400000, TWO)

    assert parse_one(buckets=BUCKETS, underflow=1, overflow=2).point == expected
    assert parse_one(id=42, value=b64encode(TWO_BYTES).decode()).point == expected
    assert parse_one(buckets=BUCKETS).point.histogram == Histogram.of({(0.0, 1.75): 12, (1.75, 3.5): 300})


@given(histograms)
def test_what_is_written_is_read(histogram):
    buckets = {f"{low!r},{high!r}": n for (low, high), n in zip(histogram.bounds, histogram.counts, strict=True)}
    value = b64encode(encode(histogram)).decode()
    outside = {"underflow": histogram.underflow, "overflow": histogram.overflow}

    assert parse_one(id=42, value=value).point.histogram == histogram
    assert parse_one(buckets=buckets, **outside).point.histogram == histogram


def test_numbers_are_read_as_jackson_reads_them():
    read = parse_one(buckets={"0,1": "12", "1,2": 3.9, "2,3": None}, underflow="1", overflow=None).point.histogram

    assert read == Histogram.of({(0.0, 1.0): 12, (1.0, 2.0): 3, (2.0, 3.0): 0}, 1, 0)


BAD = {
    "no metric": ({"metric": "", "buckets": BUCKETS}, "Metric name was empty"),
    "no time": ({"timestamp": 0, "buckets": BUCKETS}, "Invalid timestamp"),
    "no tags": ({"tags": {}, "buckets": BUCKETS}, "Missing tags"),
    "no buckets": ({}, "Histogram buckets cannot be null or empty if 'value' is empty."),
    "empty buckets": ({"buckets": {}}, "Histogram buckets cannot be null or empty if 'value' is empty."),
    "id": ({"id": 256, "value": "AAAA"}, "Invalid type. Must be from 0 to 255."),
    "decoder": ({"id": 7, "value": "AAAA"}, "No codec found mapped to ID 7"),
    "no decoder": ({"value": "AAAA"}, "No codec found mapped to ID 0"),
    "short": ({"id": 42, "value": "AAAA"}, "Byte array shorter than 6 bytes detected: [0, 0, 0]"),
    "one bound": ({"buckets": {"1": 1}}, "Unable to parse bucket bounds: 1"),
    "three bounds": ({"buckets": {"1,2,3": 1}}, "Unable to parse bucket bounds: 1,2,3"),
    "words": ({"buckets": {"a,b": 1}}, "Unable to parse value to a number"),
    "nothing": ({"buckets": {",": 1}}, "Unable to parse value to a number"),
    "huge": ({"buckets": {"0,1e40": 1}}, "Bucket bounds must be finite: 0.0,inf"),
    "negative": ({"buckets": {"0,1": -1}}, "Negative count in bucket 0.0,1.0: -1"),
    "name": ({"metric": "r t", "buckets": BUCKETS}, 'Invalid metric name ("r t"): illegal character:  '),
    "value first": ({"id": 7, "value": "AAAA", "buckets": BUCKETS}, "No codec found mapped to ID 7"),
}


@pytest.mark.parametrize("fields, message", BAD.values(), ids=BAD.keys())
def test_what_is_no_histogram(fields, message):
    assert parse_one(**fields).error == message


def test_one_bad_histogram_does_not_spoil_the_others():
    results = parse({**RT, "buckets": BUCKETS}, {**RT, "overflow": 1}, {**RT, "buckets": BUCKETS})

    assert [bool(result.point) for result in results] == [True, False, True]


def test_what_was_sent_is_repeated():
    sent = {**RT, "buckets": {"0,1": 1, "x": 2}, "overflow": 3}

    assert parse_one(**sent).sent == {**sent, "id": 0, "underflow": 0}


@pytest.mark.parametrize(
    "fields",
    [{"buckets": []}, {"buckets": {"0,1": "x"}}, {"buckets": {"0,1": {}}}, {"underflow": "x"}, {"id": "x"},
     {"id": 1 << 31}, {"overflow": 1 << 63}, {"buckets": 5}],
)  # fmt: skip
def test_fields_of_another_type_spoil_the_body(fields):
    with pytest.raises(BadRequest, match="Unable to parse the given JSON"):
        parse_one(**{"buckets": BUCKETS, **fields})
