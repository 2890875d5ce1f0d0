"""Batches written by the Go extension, byte for byte fixed, read by the server and by a second, independent reader."""

import json
import struct
from pathlib import Path

import msgpack
import pytest

from tsdbserver.model.series import tag_set
from tsdbserver.wire.batch.msgpack_parser import parse_batch

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "batches"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


def meaning(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


def content(name):
    return (GOLDEN / f"{name}.msgpack").read_bytes()


def series_of(batch):
    """{(metric, tags): body} as the server understood it."""
    found = {}
    for scalars in (batch.counters, batch.gauges):
        for i, key in enumerate(scalars.keys):
            found[key] = {name: column[i] for name, column in scalars.fields.items()}
    d = batch.distributions.digests
    for i, key in enumerate(batch.distributions.keys):
        part = slice(d.edges[i], d.edges[i + 1])
        centroids = [list(pair) for pair in zip(d.means[part].tolist(), d.weights[part].tolist(), strict=True)]
        found[key] = {
            "n": d.count[i], "sum": d.sum[i], "min": d.min[i], "max": d.max[i], "centroids": centroids,
        }  # fmt: skip
    return found


def check_counter(got, body, interval):
    assert got == {"value": body["sum"], "count": body["n"]}


def check_gauge(got, body, interval):
    assert (got["value"], got["at"], got["count"]) == (body["last"], body["last_ms"], body["n"])
    assert (got["min"], got["max"], got["sum"]) == (body["min"], body["max"], body["sum"])


def check_rate(got, body, interval):
    assert (got["n"], got["sum"]) == (body["total"], body["nonzero"])
    assert sum(weight for mean, weight in got["centroids"] if mean == 1) == body["nonzero"]


def check_trend(got, body, interval):
    assert (got["n"], got["sum"], got["min"], got["max"]) == (body["n"], body["sum"], body["min"], body["max"])
    assert got["centroids"] == body["centroids"]


CHECK = {"counter": check_counter, "gauge": check_gauge, "rate": check_rate, "trend": check_trend}


@pytest.mark.parametrize("name", NAMES)
def test_the_server_reads_what_go_wrote(name):
    expected, batch = meaning(name), parse_batch(content(name))

    assert (batch.key.instance.hex(), batch.key.sequence, batch.run) == (
        expected["iid"],
        expected["seq"],
        expected["run"],
    )
    assert (batch.start, batch.interval, batch.samples) == (expected["t0"], expected["iv"], expected["n"])
    assert batch.refused == ()
    found = series_of(batch)
    assert len(found) == len(expected["series"])
    for series in expected["series"]:
        got = found[series["metric"], tag_set(series["tags"])]
        CHECK[series["type"]](got, series["body"], expected["iv"])


def read_own(data):
    """`enc` 0, read a byte at a time."""

    def uvarint(at):
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 0x80:
                return value, at

    _, at = uvarint(0)
    size, at = uvarint(at)
    means = struct.unpack_from(f"<{size}d", data, at)
    at += 8 * size
    weights = []
    for _ in range(size):
        weight, at = uvarint(at)
        weights.append(weight)
    assert at == len(data)
    return [list(pair) for pair in zip(means, weights, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_an_independent_reader_reads_the_same(name):
    expected, raw = meaning(name), msgpack.unpackb(content(name))

    assert [raw[key] for key in ("v", "seq", "t0", "iv", "fl", "pt", "n", "ac")] == [
        expected[key] for key in ("v", "seq", "t0", "iv", "fl", "pt", "n", "ac")
    ]
    assert raw.get("src") == expected.get("src")
    for (metric, tags, body), series in zip(raw["se"], expected["series"], strict=True):
        name_index, kind, contains = raw["mt"][metric]
        texts = [raw["st"][i] for i in raw["tg"][tags]]
        assert raw["st"][name_index] == series["metric"]
        assert ("counter", "gauge", "rate", "trend")[kind] == series["type"]
        assert ("default", "time", "data")[contains] == series["contains"]
        assert dict(zip(texts[::2], texts[1::2], strict=True)) == series["tags"]
        assert texts[::2] == sorted(texts[::2])
        if kind == 3 and body[4] == 0:
            assert read_own(body[5]) == series["body"]["centroids"]
