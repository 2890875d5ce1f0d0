"""`/api/query/gexp`."""

import pytest

T = 1_700_000_000 - 1_700_000_000 % 3600
HOUR = {"start": str(T), "end": str(T + 60)}


@pytest.fixture
async def loaded(client):
    """web01: 1 2 3 … and web02: 10 20 30 … every 10 s, for a minute; an hour before that 100 more."""
    points = [
        {"metric": metric, "timestamp": T + at + 10 * i, "value": base + factor * (i + 1), "tags": {"host": host}}
        for metric in ("cpu", "mem")
        for host, factor in (("web01", 1), ("web02", 10))
        for at, base in ((0, 0), (-3600, 100))
        for i in range(6)
    ]
    assert (await client.post("/api/put", points))[0] == 204
    return client


async def ask(client, *expressions, **flags):
    status, answer = await client.get("/api/query/gexp", exp=list(expressions), **HOUR, **flags)
    assert status == 200, answer
    return answer


async def test_an_answer_looks_like_that_of_a_query(loaded):
    answer = await ask(loaded, "scale(sum:cpu{host=web01},2)")

    assert answer == [
        {
            "metric": "cpu",
            "tags": {"host": "web01"},
            "aggregateTags": [],
            "dps": {str(T + 10 * i): 2.0 * (i + 1) for i in range(6)},
        }
    ]


async def test_flags_are_those_of_a_query(loaded):
    (result,) = await ask(loaded, "sum(sum:cpu,max:mem)", arrays="", ms="", show_query="")

    assert result["dps"] == [[(T + 10 * i) * 1000, 21.0 * (i + 1)] for i in range(6)]
    assert result["query"]["aggregator"] == "sum"


async def test_every_expression_answers_in_its_order(loaded):
    answer = await ask(loaded, "alias(max:mem,top)", "highestMax(sum:cpu{host=*},1)")

    assert [(result["metric"], result["tags"]) for result in answer] == [("top", {}), ("cpu", {"host": "web02"})]


async def test_the_current_value_is_read_at_one_time(client):
    points = [
        {"metric": "q", "timestamp": T + 60 * i, "value": base + i, "tags": {"host": host}}
        for host, base, count in (("goes-on", 1, 5), ("ended", 10, 3))
        for i in range(count)
    ]
    assert (await client.post("/api/put", points))[0] == 204
    asked = {"exp": "highestCurrent(sum:q{host=*},1)", "start": str(T)}
    _, whole = await client.get("/api/query/gexp", end=str(T + 240), **asked)
    _, half = await client.get("/api/query/gexp", end=str(T + 90), **asked)

    assert [result["tags"]["host"] for result in whole] == ["goes-on"]
    assert [result["tags"]["host"] for result in half] == ["ended"]


async def test_shift_shows_what_was_before_the_span(loaded):
    (result,) = await ask(loaded, "shift(sum:cpu{host=web01},'1hr')")

    assert result["dps"] == {str(T + 10 * i): 101.0 + i for i in range(6)}


async def test_a_shifted_series_meets_its_present_self(loaded):
    (result,) = await ask(
        loaded, "diffSeries(sum:10s-sum-zero:cpu{host=web01},shift(sum:10s-max-zero:cpu{host=web01},'1hr'))"
    )

    assert [result["dps"][str(T + 10 * i)] for i in range(6)] == [-100.0] * 6


async def test_points_outside_the_span_are_not_shown(loaded):
    status, (result,) = await loaded.get(
        "/api/query/gexp", exp="absolute(sum:cpu{host=web01})", start=str(T + 10), end=str(T + 30)
    )

    assert (status, result["dps"]) == (200, {str(T + 10): 2.0, str(T + 20): 3.0, str(T + 30): 4.0})


@pytest.mark.parametrize(
    "expression, message",
    [
        ("nope(sum:cpu)", "Function nope has not been implemented"),
        ("absolute(nope(sum:cpu))", "Function nope has not been implemented"),
        ("absolute(sum:no.such)", "No such name for 'metrics': 'no.such'"),
        ("absolute(p98:cpu)", "No such aggregation function: p98"),
        ("scale(sum:cpu)", "Missing scaling factor"),
        ("scale(sum:cpu{},2)", "Failed to parse scale(sum:cpu{},2)"),
        ("sum(sum:cpu,sum:cpu)", "Index 1 out of bounds for length 1"),
        ("sum(sum:cpu)", "Must have 2 to 26 series, got 1 instead"),
        (f"scale(scale(sum:cpu,{'9' * 300}),{'9' * 300})", "Got Infinity"),
    ],
)
async def test_a_mistake_is_named(loaded, expression, message):
    status, answer = await loaded.get("/api/query/gexp", exp=expression, **HOUR)

    assert status == 400
    assert message in answer["error"]["message"]


async def test_only_get_is_taken(client):
    status, answer = await client.post("/api/query/gexp", {})

    assert (status, answer["error"]["message"]) == (405, "Method not allowed")


async def test_series_that_meet_have_the_ids_of_all_and_no_annotations(loaded):
    (alone,) = await ask(loaded, "absolute(sum:cpu{host=web01})", show_tsuids="")
    (together,) = await ask(loaded, "sum(sum:cpu{host=web01},sum:mem{host=web01})", show_tsuids="")
    (plain,) = await ask(loaded, "sum(sum:cpu{host=web01},sum:mem{host=web01})", no_annotations="")

    assert len(alone["tsuids"]) == 1
    assert (len(together["tsuids"]), together["annotations"]) == (2, [])
    assert not {"tsuids", "annotations"} & plain.keys()


async def test_the_grafana_mount_shows_no_gaps(loaded):
    asked = {"exp": "scale(sum:10s-sum-nan:cpu{host=web01},2)", "start": str(T + 40), "end": str(T + 90)}
    _, (faithful,) = await loaded.get("/api/query/gexp", **asked)
    _, (grafana,) = await loaded.get("/grafana/api/query/gexp", **asked)

    assert list(faithful["dps"].values()) == [10, 12, "NaN", "NaN", "NaN", "NaN"]
    assert list(grafana["dps"].values()) == [10, 12]


async def test_a_function_of_functions(loaded):
    asked = "sum(movingAverage(sum:cpu{host=web01},2),scale(max:cpu{host=web01},-1))"
    (result,) = await ask(loaded, asked)

    assert list(result["dps"].values()) == [-1, -0.5, -0.5, -0.5, -0.5, -0.5]


async def test_an_operand_whose_series_have_equal_tags_is_refused(loaded):
    point = {"metric": "lat", "timestamp": T, "buckets": {"0,1": 3, "1,2": 5}, "tags": {"host": "web01"}}
    assert (await loaded.post("/api/histogram", point))[0] == 204
    both, *one = (f"sum:percentiles[{ranks}]:lat{{host=*}}" for ranks in ("50,99", "50", "99"))

    status, answer = await loaded.get("/api/query/gexp", exp=f"sumSeries({both},{one[0]})", **HOUR)

    assert (status, answer["error"]["message"][:54]) == (400, "An operand has several series with the tags {host=web0")
    assert len(await ask(loaded, f"sumSeries({one[0]},{one[1]})")) == 1


async def test_silent_intervals_count_as_nothing_in_expressions(client):
    """30 in one of six intervals are 5 an interval and 0.5 a second, as in a query."""
    for i in range(6):
        series = [{"metric": "reqs", "tags": {"status": "200"}, "counter": 100}]
        if i == 3:
            series.append({"metric": "reqs", "tags": {"status": "500"}, "counter": 30})
        batch = {"v": 1, "iid": "sender", "seq": i + 1, "t0": 1000 * (T + 10 * i), "iv": 10_000, "series": series}
        assert (await client.post("/api/tdigest/v1/batch", batch))[0] == 200

    (mean,) = await ask(client, "scale(sum:1m-avg:reqs{status=500},1)")
    (rate,) = await ask(client, "scale(sum:1m-avg:reqs.rate,2)")

    assert mean["dps"] == {str(T): 5.0}
    assert rate["dps"] == {str(T): 21.0}
