"""What an answer tells beside its points: the question, and what it cost."""

import pytest

NOON = 1356998400
PUTS = [
    {"metric": "cpu", "timestamp": NOON + second, "value": 1, "tags": {"host": host, "dc": "x"}}
    for second in (0, 10)
    for host in "ab"
]


@pytest.fixture
async def loaded(client):
    assert (await client.post("/api/put", PUTS))[0] == 204
    return client


async def ask(client, *sub_queries, **fields):
    queries = [{"aggregator": "sum", "metric": "cpu", **sub} for sub in sub_queries]
    status, answer = await client.post("/api/query", {"start": NOON, "end": NOON + 60, "queries": queries, **fields})
    assert status == 200
    return answer


async def test_the_question_is_repeated_in_full(loaded):
    filters = [
        {"type": "wildcard", "tagk": "dc", "filter": "*", "groupBy": False},
        {"type": "literal_or", "tagk": "host", "filter": "a", "groupBy": True},
    ]
    (result,) = await ask(loaded, {"downsample": "1m-avg-nan", "rate": True, "filters": filters}, showQuery=True)

    assert result["query"] == {
        "aggregator": "sum",
        "metric": "cpu",
        "tsuids": None,
        "downsample": "1m-avg-nan",
        "rate": True,
        "rateOptions": {"counter": False, "counterMax": (1 << 63) - 1, "resetValue": 0, "dropResets": False},
        "filters": [
            {"tagk": "dc", "filter": "*", "group_by": False, "type": "wildcard"},
            {"tagk": "host", "filter": "a", "group_by": True, "type": "literal_or"},
        ],
        "filterTagKs": ["AAAB", "AAAC"],
        "tags": {"host": "literal_or(a)"},
        "explicitTags": False,
        "percentiles": None,
        "showHistogramBuckets": False,
        "histogramQuery": False,
        "index": 0,
        "rollupTable": "raw",
        "rollupUsage": None,
        "preAggregate": False,
        "useFuzzyFilter": True,
        "useMultiGets": True,
    }


async def test_without_filters_and_options_there_is_nothing_to_repeat(loaded):
    (result,) = await ask(loaded, {}, showQuery=True)
    echoed = result["query"]

    assert (echoed["filters"], echoed["tags"], echoed["filterTagKs"], echoed["rateOptions"]) == ([], {}, None, None)


async def test_a_repeated_question_is_counted_once(loaded):
    answer = await ask(loaded, {}, {"index": 7}, {"aggregator": "max"}, {"aggregator": "min"}, showQuery=True)

    assert [(result["query"]["aggregator"], result["query"]["index"]) for result in answer] == [
        ("sum", 0), ("max", 1), ("min", 2),
    ]  # fmt: skip


STATS = {
    "aggregationTime", "emittedDPs", "groupByTime", "queryIndex", "queryScanTime", "saltScannerMergeTime",
    "serializationTime", "uidToStringTime",
}  # fmt: skip


async def test_each_result_tells_what_it_cost(loaded):
    answer = await ask(loaded, {"tags": {"host": "*"}}, {"aggregator": "max"}, showStats=True)

    assert [set(result["stats"]) for result in answer] == [STATS] * 3
    assert [result["stats"]["queryIndex"] for result in answer] == [0, 0, 1]
    assert [result["stats"]["emittedDPs"] for result in answer] == [2, 2, 2]
    assert all(result["stats"][name] > 0 for result in answer for name in ("queryScanTime", "serializationTime"))
    assert [len(result["dps"]) for result in answer] == [2, 2, 2]


async def test_the_summary_is_an_element_of_its_own(loaded):
    *results, last = await ask(loaded, {"tags": {"host": "*"}}, {"aggregator": "max"}, showSummary=True)
    summary = last["statsSummary"]

    assert [sorted(result) for result in results] == [["aggregateTags", "dps", "metric", "tags"]] * 3
    assert list(last) == ["statsSummary"]
    assert (summary["emittedDPs"], summary["queryIdx_00"]["emittedDPs"], summary["queryIdx_01"]["emittedDPs"]) == (
        6,
        4,
        2,
    )
    assert summary["totalTime"] >= summary["maxQueryScanTime"] >= summary["avgQueryScanTime"] > 0


async def test_a_summary_of_nothing_found(loaded):
    filters = [{"type": "regexp", "tagk": "host", "filter": "nosuch"}]
    (last,) = await ask(loaded, {"filters": filters}, showSummary=True)

    assert last["statsSummary"]["emittedDPs"] == 0


@pytest.mark.parametrize("flag", ["padding", "show_query", "show_tsuids", "show_stats", "show_summary"])
async def test_flags_of_a_get_change_no_points(loaded, flag):
    asked = {"start": str(NOON), "end": str(NOON + 60), "m": "sum:cpu"}
    _, (plain, *_) = await loaded.get("/api/query", **asked)
    status, (flagged, *_) = await loaded.get("/api/query", **asked, **{flag: "false"})

    assert status == 200
    assert flagged["dps"] == plain["dps"]
