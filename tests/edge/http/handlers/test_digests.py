"""The batch door: what it takes, what it refuses, and that a batch counts once."""

import asyncio
import gzip

import msgpack
import pytest

from tests.batches import COUNTER, GAUGE, IV, MSGPACK, RATE, T0, TREND, centroid_bytes, message, packed, trend

LATENCY = ("latency", {"host": "a"}, TREND, trend(10, 20, 30, 40))
SPAN = (T0, T0 + IV - 1)
SLOT = str(T0 // 1000)


async def test_a_batch_of_every_type_is_stored(client):
    status, answer = await client.send(
        packed(
            LATENCY,
            ("requests", {"host": "a"}, COUNTER, [7.0, 4]),
            ("vus", {"instance": "g1"}, GAUGE, [5.0, T0 + 9000, 1, 8, 30.0, 10]),
            ("failed", {"host": "a"}, RATE, [1, 4]),
        )
    )

    assert (status, answer["dup"], answer["series"], answer["refused"]) == (200, False, 4, [])
    answers = {
        "p50:10s-p50:latency": 25.0, "count:10s-count:latency": 4, "sum:10s-sum:latency": 100,
        "max:10s-max:latency": 40,
        "sum:10s-sum:requests": 7, "sum:requests.rate": 0.7, "sum:requests.count": 4,
        "sum:10s-sum:vus": 5, "min:vus.min": 1, "max:vus.max": 8, "avg:vus.avg": 3,
        "avg:10s-avg:failed": 0.25, "count:10s-count:failed": 4, "avg:latency.p50": 25.0,
    }  # fmt: skip
    for m, value in answers.items():
        assert list((await client.query(m, *SPAN)).values()) == [{SLOT: value}], m


async def test_two_senders_merge(client):
    await client.send(packed(LATENCY, ("requests", {}, COUNTER, [7.0, 4]), iid=b"1" * 16))
    await client.send(
        packed(("latency", {"host": "a"}, TREND, trend(1, 2)), ("requests", {}, COUNTER, [3.0, 1]), iid=b"2" * 16)
    )

    assert await client.query("p50:10s-p50:latency", *SPAN) == {(("host", "a"),): {SLOT: 15.0}}
    assert await client.query("sum:10s-sum:requests", *SPAN) == {(): {SLOT: 10.0}}


async def test_gauges_of_two_senders_stand_side_by_side(client):
    for name in (b"1", b"2"):
        await client.send(packed(("vus", {}, GAUGE, [5.0, T0, 5, 5, 5.0, 1]), iid=name * 16))

    assert await client.query("sum:10s-sum:vus", *SPAN) == {(): {SLOT: 10.0}}


async def test_a_batch_sent_fifty_times_at_once_counts_once(client):
    body = packed(LATENCY, ("requests", {}, COUNTER, [7.0, 4]))
    answers = await asyncio.gather(*(client.send(body) for _ in range(50)))

    assert [status for status, _ in answers] == [200] * 50
    assert sorted(answer["dup"] for _, answer in answers) == [False] + [True] * 49
    assert await client.query("count:10s-count:latency", *SPAN) == {(("host", "a"),): {SLOT: 4.0}}
    assert await client.query("sum:10s-sum:requests", *SPAN) == {(): {SLOT: 7.0}}
    assert await client.metric("tsdbserver_batches_total") == 1


async def test_the_same_number_with_other_content_is_a_conflict(client):
    await client.send(packed(LATENCY))
    status, answer = await client.send(packed(("latency", {"host": "a"}, TREND, trend(1))))

    assert status == 409
    assert "was stored before with other content" in answer["error"]["message"]
    assert await client.query("count:10s-count:latency", *SPAN) == {(("host", "a"),): {SLOT: 4.0}}


async def test_an_empty_batch_takes_its_number(client):
    assert (await client.send(packed(seq=1)))[0] == 200
    assert (await client.send(packed(seq=1)))[1]["dup"]


async def test_a_body_may_be_gzipped(client):
    status, _ = await client.send(gzip.compress(packed(LATENCY)), **{"Content-Encoding": "gzip"})

    assert status == 200


def without(key):
    return msgpack.packb({k: v for k, v in message(LATENCY).items() if k != key})


BAD_BODIES = {
    "not msgpack": (b"hello", 400, "not a msgpack batch"),
    "empty": (b"", 400, "not a msgpack batch"),
    "a list": (msgpack.packb([1, 2]), 400, "not a msgpack batch"),
    "truncated": (packed(LATENCY)[:-20], 400, "not a msgpack batch"),
    "no instance": (without("iid"), 400, "iid"),
    "short instance": (packed(LATENCY, iid=b"x"), 400, "iid has 1 bytes, not 16"),
    "number 0": (packed(LATENCY, seq=0), 400, "seq=0"),
    "unknown version": (packed(LATENCY, v=7), 426, "unknown version v=7: this server speaks 1"),
    "interval not aligned": (packed(LATENCY, t0=T0 + 1), 400, f"t0={T0 + 1} is not a multiple of iv={IV}"),
    "no interval": (packed(LATENCY, iv=0), 400, "iv=0 is not between 1 and 86400000 ms"),
    "a text for a number": (packed(("m", {}, COUNTER, ["one", 1])), 400, "Expected `int | float | bytes`, got `str`"),
    "too many series": (packed(*[("m", {"i": str(i)}, COUNTER, [1.0, 1]) for i in range(20_001)]), 400, "20001 series"),
}


@pytest.mark.parametrize("body, status, reason", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_bad_body_stores_nothing_and_says_why(client, body, status, reason):
    answered, answer = await client.send(body)

    assert answered == status
    assert reason in answer["error"]["message"]
    assert await client.get("/api/suggest", type="metrics") == (200, [])
    assert (await client.send(packed(LATENCY)))[1]["dup"] is False


NAN, INF = float("nan"), float("inf")
BAD_SERIES = {
    "weights that miss n": (
        TREND,
        [5, 3.0, 1.0, 2.0, 0, centroid_bytes([(1.0, 1), (2.0, 1)])],
        "the weights sum to 2, not to n=5",
    ),
    "a mean that is not finite": (TREND, [2, 3.0, 1.0, 2.0, 0, centroid_bytes([(1.0, 1), (INF, 1)])], "finite"),
    "means that do not ascend": (TREND, [2, 3.0, 1.0, 2.0, 0, centroid_bytes([(2.0, 1), (1.0, 1)])], "ascend"),
    "a mean outside min and max": (TREND, [2, 3.0, 1.0, 2.0, 0, centroid_bytes([(1.0, 1), (9.0, 1)])], "max"),
    "a sum that is not finite": (TREND, [1, NAN, 1.0, 1.0, 0, centroid_bytes([(1.0, 1)])], "sum is nan"),
    "min above max": (TREND, [1, 1.0, 2.0, 1.0, 0, centroid_bytes([(1.0, 1)])], "min 2.0 is greater than max 1.0"),
    "unknown encoding": (TREND, [1, 1.0, 1.0, 1.0, 9, b""], "encoding 9"),
    "bytes cut short": (TREND, [1, 1.0, 1.0, 1.0, 0, centroid_bytes([(1.0, 1)])[:-3]], ""),
    "bytes too many": (TREND, [1, 1.0, 1.0, 1.0, 0, centroid_bytes([(1.0, 1)]) + b"x"], ""),
    "4,097 centroids": (TREND, [4097, 0.0, 0.0, 0.0, 0, centroid_bytes([(0.0, 1)] * 4097)], "4096"),
    "unknown type": (7, [1.0, 1], "unknown metric type 7"),
    "a body of the wrong shape": (COUNTER, [1.0, 1.5], "shape"),
    "a short body": (COUNTER, [1.0], "wrong shape"),
    "more hits than samples": (RATE, [5, 4], "rate of 5 in 4 samples"),
    "a negative count": (COUNTER, [1.0, -1], "n=-1"),
    "a counter that is not finite": (COUNTER, [INF, 1], "sum is inf"),
}


@pytest.mark.parametrize("kind, body, reason", BAD_SERIES.values(), ids=BAD_SERIES.keys())
async def test_a_bad_series_is_refused_and_the_others_are_stored(client, kind, body, reason):
    status, answer = await client.send(packed(("bad", {"k": "v"}, kind, body), LATENCY))

    assert (status, answer["series"]) == (200, 1)
    assert [position for position, _ in answer["refused"]] == [0]
    assert reason in answer["refused"][0][1]
    assert (await client.get("/api/suggest", type="metrics", q="bad")) == (200, [])
    assert await client.query("count:10s-count:latency", *SPAN) == {(("host", "a"),): {SLOT: 4.0}}


@pytest.mark.parametrize("kind, body, reason", BAD_SERIES.values(), ids=BAD_SERIES.keys())
async def test_a_batch_of_nothing_but_bad_series_is_refused_as_a_whole(client, kind, body, reason):
    status, answer = await client.send(packed(("bad", {"k": "v"}, kind, body)))

    assert status == 400
    assert reason in answer["error"]["message"]


LONG = 4_096
LONG_NAMES = {
    "a metric name": ("x" * (LONG + 1), {}),
    "a tag key": ("m", {"x" * (LONG + 1): "v"}),
    "the value of tag 'k'": ("m", {"k": "x" * (LONG + 1)}),
}


@pytest.mark.parametrize("what, names", LONG_NAMES.items(), ids=LONG_NAMES.keys())
async def test_names_may_be_as_long_as_hello_says(client, what, names):
    longest = ("é" * LONG, {"k" * LONG: "v" * LONG}, COUNTER, [1.0, 1])
    status, answer = await client.send(packed((*names, COUNTER, [1.0, 1]), longest))

    assert (status, answer["series"]) == (200, 1)
    assert answer["refused"][0][1].startswith(f"{what} is longer than {LONG} characters: 'xxx")


async def test_a_series_of_another_kind_is_refused_and_the_stored_stay(client):
    await client.send(packed(LATENCY))
    _, answer = await client.send(packed(("latency", {"host": "a"}, COUNTER, [1.0, 1]), seq=2))

    assert answer["refused"] == [[0, "metric 'latency' holds distribution series, not counter"]]
    assert await client.query("count:10s-count:latency", *SPAN) == {(("host", "a"),): {SLOT: 4.0}}


async def test_a_small_body_that_inflates_past_the_limit_is_refused(client):
    bomb = gzip.compress(bytes(17 << 20))
    status, answer = await client.send(bomb, **{"Content-Encoding": "gzip"})

    assert len(bomb) < 20_000
    assert status == 413
    assert "16777216 bytes after decompression" in answer["error"]["message"]


async def test_a_body_past_the_limit_is_refused(client):
    status, _ = await client.send(bytes((16 << 20) + 1))

    assert status == 413


BAD_ENVELOPES = {
    "cut gzip": ({"Content-Encoding": "gzip"}, gzip.compress(packed(LATENCY))[:-10], 400, "cut short"),
    "bytes after gzip": ({"Content-Encoding": "gzip"}, gzip.compress(packed(LATENCY)) + b"xy", 400, "2 bytes follow"),
    "no gzip": ({"Content-Encoding": "gzip"}, packed(LATENCY), 400, "does not decompress"),
    "unknown encoding": ({"Content-Encoding": "br"}, b"", 415, "unknown content encoding 'br'"),
    "unknown type": ({"Content-Type": "text/plain"}, packed(LATENCY), 415, "unknown content type 'text/plain'"),
}


@pytest.mark.parametrize("headers, body, status, reason", BAD_ENVELOPES.values(), ids=BAD_ENVELOPES.keys())
async def test_a_bad_envelope_is_named(client, headers, body, status, reason):
    answered, answer = await client.post("/api/tdigest/v1/batch", body, **{"Content-Type": MSGPACK, **headers})

    assert answered == status
    assert reason in answer["error"]["message"]


async def test_a_script_sends_its_own_digest_as_json(client):
    tdigest = pytest.importorskip("tdigest")
    digest = tdigest.TDigest()
    digest.batch_update(range(1, 101))
    body = {
        "v": 1, "iid": "script", "seq": 1, "t0": T0, "iv": IV,
        "series": [
            {"metric": "mine", "tags": {"host": "a"}, "digest": digest.to_dict()},
            {"metric": "raw", "tags": {"host": "a"}, "values": [3, 1, 2]},
            {"metric": "hits", "counter": 3},
            {"metric": "level", "tags": {"room": "x"}, "gauge": 4.5},
            {"metric": "ok", "rate": {"nonzero": 3, "total": 4}},
        ],
    }  # fmt: skip
    status, answer = await client.post("/api/tdigest/v1/batch", body)

    assert (status, answer["series"], answer["refused"]) == (200, 5, [])
    (p50,) = (await client.query("p50:10s-p50:mine", *SPAN)).values()
    assert p50[SLOT] == pytest.approx(50.5, abs=1)
    assert await client.query("count:10s-count:mine", *SPAN) == {(("host", "a"),): {SLOT: 100.0}}
    assert await client.query("p50:10s-p50:raw", *SPAN) == {(("host", "a"),): {SLOT: 2.0}}
    assert await client.query("avg:10s-avg:ok", *SPAN) == {(): {SLOT: 0.75}}
    assert (await client.post("/api/tdigest/v1/batch", body))[1]["dup"]


BAD_JSON = {
    "no JSON": (b"{", "not a JSON batch"),
    "counts that miss n": (
        {"centroids": [{"m": 1, "c": 2}], "n": 5, "delta": 0.01, "K": 25},
        "the centroids' counts sum to 2, not to n=5",
    ),
    "a negative count": ({"centroids": [{"m": 1, "c": -2}]}, "not a number from 0 on"),
}


@pytest.mark.parametrize("digest, reason", BAD_JSON.values(), ids=BAD_JSON.keys())
async def test_bad_json_is_named(client, digest, reason):
    body = {"v": 1, "iid": "s", "seq": 1, "t0": T0, "iv": IV, "series": [{"metric": "m", "digest": digest}]}
    status, answer = await client.post("/api/tdigest/v1/batch", digest if isinstance(digest, bytes) else body)

    assert status == 400
    assert reason in answer["error"]["message"]


TWO_MINDS = {
    "two kinds": ({"counter": 1, "gauge": 2}, "series of 'm' holds counter and gauge: it can hold one of them"),
    "no kind": ({}, "series of 'm' holds none of digest, values, counter, gauge, rate"),
    "a sum beside the digest": ({"digest": {"centroids": [{"m": 1, "c": 1}]}, "sum": 1.0}, "unknown field `sum`"),
    "a misspelt kind": ({"valeus": [1]}, "unknown field `valeus`"),
}


@pytest.mark.parametrize("series, reason", TWO_MINDS.values(), ids=TWO_MINDS.keys())
async def test_a_json_series_holds_one_kind_and_nothing_else(client, series, reason):
    body = {"v": 1, "iid": "s", "seq": 1, "t0": T0, "iv": IV, "series": [{"metric": "m", **series}]}
    status, answer = await client.post("/api/tdigest/v1/batch", body)

    assert status == 400
    assert reason in answer["error"]["message"]


async def test_sum_min_and_max_stand_in_the_digest(client):
    digest = {"centroids": [{"m": 1, "c": 3}], "sum": 4.0, "min": 0.5, "max": 2.5}
    body = {"v": 1, "iid": "s", "seq": 1, "t0": T0, "iv": IV, "series": [{"metric": "m", "digest": digest}]}
    assert (await client.post("/api/tdigest/v1/batch", body))[0] == 200

    for name, value in (("sum", 4.0), ("min", 0.5), ("max", 2.5)):
        assert await client.query(f"{name}:10s-{name}:m", *SPAN) == {(): {SLOT: value}}


async def test_series_refused_for_the_kind_that_their_metric_holds_answer_200_even_if_all_are(client):
    await client.send(packed(LATENCY))
    status, answer = await client.send(packed(("latency", {}, COUNTER, [1.0, 1]), seq=2))

    assert (status, answer["series"], len(answer["refused"])) == (200, 0, 1)


async def test_hello_tells_what_a_sender_must_know(client):
    status, answer = await client.get("/api/tdigest/v1/hello")

    assert status == 200
    assert (answer["protocol"], answer["versions"]) == ("tdigest", [1])
    assert answer["limits"] == {"body_bytes": 16 << 20, "series": 20_000, "centroids": 4096, "name_length": 4096}
    assert "gzip" in answer["encodings"]
