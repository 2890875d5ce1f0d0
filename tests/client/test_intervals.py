"""Lines of stock k6 → samples → batches."""

import json
from itertools import count

import msgpack
import numpy as np
import pytest

from tsdbserver.client.batch_parts import Limits
from tsdbserver.client.intervals import FoldSettings, IntervalFold
from tsdbserver.model.batch import BatchKey
from tsdbserver.wire.batch import uvarint
from tsdbserver.wire.batch.encoder import encode_batch
from tsdbserver.wire.k6.lines import K6Lines, K6Sample, parse_rfc3339, parse_tags

T0 = 1_700_000_040
KINDS = {"reqs": "counter", "rt": "trend", "vus": "gauge", "ok": "rate"}


def definition(name):
    return json.dumps({"type": "Metric", "metric": name, "data": {"name": name, "type": KINDS[name]}}).encode()


def point(metric, seconds, value, /, **tags):
    stamp = f"2023-11-14T22:{14 + int(seconds) // 60:02d}:{seconds % 60:012.9f}Z"  # T0 is 22:14:00
    return json.dumps(
        {"metric": metric, "type": "Point", "data": {"time": stamp, "value": value, "tags": tags}}
    ).encode()


def folded(*lines, **settings):
    keys = (BatchKey(b"i" * 16, n) for n in count(1))
    fold = IntervalFold(FoldSettings(instance="gen", **settings), lambda: next(keys))
    samples = K6Lines().samples([*map(definition, KINDS), *lines])
    return [*fold.fold(samples), *fold.close()]


def test_samples_fall_into_intervals_by_their_own_time():
    batches = folded(point("reqs", 0, 1), point("reqs", 9.999999999, 2), point("reqs", 10, 4))

    assert [(batch.start - T0 * 1000, batch.counters.fields["value"].tolist()) for batch in batches] == [
        (0, [3.0]),
        (10_000, [4.0]),
    ]
    assert [batch.key.sequence for batch in batches] == [1, 2]


def test_an_interval_is_handed_out_a_second_after_its_end_and_late_samples_follow():
    batches = folded(
        point("reqs", 5, 1), point("reqs", 10.9, 1), point("reqs", 9, 1), point("reqs", 11, 1), point("reqs", 8, 1)
    )

    assert [(batch.start - T0 * 1000, batch.samples) for batch in batches] == [(0, 2), (0, 1), (10_000, 2)]


def test_every_type_is_folded_by_its_own_rule():
    (batch,) = folded(
        point("reqs", 1, 2), point("reqs", 2, 3), point("rt", 1, 30), point("rt", 2, 10), point("ok", 1, 1),
        point("ok", 2, 0), point("ok", 3, 7), point("vus", 3, 5), point("vus", 4, 2), point("vus", 1, 9),
    )  # fmt: skip

    assert {name: column.tolist() for name, column in batch.counters.fields.items()} == {
        "value": [5.0], "count": [2.0],
    }  # fmt: skip
    assert {name: column.tolist() for name, column in batch.gauges.fields.items()} == {
        "value": [2.0], "at": [(T0 + 4) * 1000.0], "min": [2.0], "max": [9.0], "sum": [16.0], "count": [3.0],
    }  # fmt: skip
    digests = dict(zip((key.metric for key in batch.distributions.keys), range(2), strict=True))
    d = batch.distributions.digests
    assert (d.count[digests["k6.rt"]], d.sum[digests["k6.rt"]], d.max[digests["k6.rt"]]) == (2, 40.0, 30.0)
    assert (d.count[digests["k6.ok"]], d.sum[digests["k6.ok"]]) == (3, 2.0)
    assert batch.samples == 10


def test_tags_and_names():
    (batch,) = folded(
        point("reqs", 1, 1, name="home", url="home", group="", scenario="buy"),
        point("vus", 1, 1),
        prefix="load.",
        tags=(("build", "7"), ("scenario", "other")),
    )

    assert batch.counters.keys == [("load.reqs", (("build", "7"), ("name", "home"), ("scenario", "buy")))]
    assert batch.gauges.keys == [("load.vus", (("build", "7"), ("instance", "gen"), ("scenario", "other")))]


@pytest.mark.parametrize(
    "text, kept", [({"name": "a", "url": "b"}, {"name": "a", "url": "b"}), ({"name": "a", "url": "a"}, {"name": "a"})]
)
def test_a_url_that_repeats_the_name_is_dropped(text, kept):
    assert parse_tags(json.dumps(text).encode()) == kept


@pytest.mark.parametrize(
    "text, ns",
    [("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01.5Z", 1_500_000_000), ("1970-01-01T01:00:00+01:00", 0),
     ("2026-11-22T01:01:56.331446992Z", 1_795_309_316_331_446_992), ("1969-12-31T23:59:59.999999999Z", -1),
     ("1970-01-01T00:00:00.000000001-00:30", 1_800_000_000_001)],
)  # fmt: skip
def test_times_are_exact_to_the_nanosecond(text, ns):
    assert parse_rfc3339(text) == ns


def test_what_passes_the_limits_goes_in_parts_that_add_up():
    lines = [point(name, i % 10, i, url=f"/{i}", long="x" * 300) for i in range(200) for name in KINDS]
    (whole,) = folded(*lines)
    few, small = Limits(series=30), Limits(bytes=20_000)

    for limits in (few, small):
        parts = folded(*lines, limits=limits)

        assert [part.key.sequence for part in parts] == [*range(1, len(parts) + 1)]
        assert sum(part.samples for part in parts) == whole.samples == 800
        for part in parts:
            assert len(encode_batch(part)) <= limits.bytes
            counts = (part.counters.fields["count"], part.gauges.fields["count"], part.distributions.digests.count)
            assert part.samples == sum(int(column.sum()) for column in counts)
        assert [key for part in parts for key in part.counters.keys] == whole.counters.keys
        assert [key for part in parts for key in part.gauges.keys] == whole.gauges.keys
        assert [key for part in parts for key in part.distributions.keys] == whole.distributions.keys
        values = np.concatenate([part.gauges.fields["value"] for part in parts])
        assert values.tolist() == whole.gauges.fields["value"].tolist()
    assert len(folded(*lines, limits=few)) == 27


def test_a_series_that_is_larger_than_the_limit_is_a_batch_of_its_own():
    parts = folded(point("reqs", 1, 1, a="x" * 500), point("reqs", 1, 1, a="y" * 500), limits=Limits(bytes=100))

    assert [len(part.counters.keys) for part in parts] == [1, 1]


def test_dense_cells_become_digests_that_conserve_their_samples():
    values = np.random.default_rng(1).lognormal(3, 1, 3_000)
    (batch,) = folded(*(point("rt", i / 1000, value) for i, value in enumerate(values)))

    d = batch.distributions.digests
    assert (d.count[0], d.min[0], d.max[0]) == (3_000, values.min(), values.max())
    assert d.sum[0] == pytest.approx(values.sum(), rel=1e-12)
    assert d.weights.sum() == 3_000
    assert len(d.means) < 300


@pytest.mark.parametrize("compression", [50.0, 100.0, 200.0])
def test_a_message_names_the_compression_of_its_digests(compression):
    keys = (BatchKey(b"i" * 16, number) for number in count(1))
    fold = IntervalFold(FoldSettings("gen", compression=compression), lambda: next(keys))
    batches = [*fold.fold([K6Sample("rt", "trend", b"{}", T0 * 10**9, 1.0)]), *fold.close()]

    body = msgpack.unpackb(encode_batch(batches[0]))
    blob = body["se"][0][2][-1]
    assert blob.startswith(uvarint.write_one(int(compression)))
