"""What is asked: bodies of every generation, and the texts that users leave in boxes."""

import json

import pytest

from tests.grafana.conftest import END, T, point
from tests.grafana.decoders import read_browser, read_go
from tests.grafana.generations import BROWSER, GENERATIONS, GO, Panel, backend, go_json, model

pytestmark = pytest.mark.parametrize("mount", ["/grafana", ""], ids=["profile", "faithful"])
SUM = tuple((T + 10 * i, value) for i, value in enumerate((11.0, 22.0, 33.0, 44.0, 55.0, 66.0)))
CPU = {"metric": "cpu", "aggregator": "sum", "downsample": "10s-sum"}


@pytest.fixture
def asked(source, mount):
    """The data source at both mounts: what is said here of one holds at the other."""
    return source if mount else source.faithful()


def points(answer):
    return [tuple((int(time), value) for time, value in result["dps"].items()) for result in answer]


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_every_generation_draws_the_same(asked, generation):
    """0 says: a server meets all five client generations, and each must draw the same series.

    6 check 4: POST /api/query in seconds and ms, with end optional, unknown fields ignored, empties harmless, arrays,
    msResolution, showQuery, globalAnnotations.
    """
    by_host = [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]
    boxes = model("cpu", downsampleInterval="10s", downsampleAggregator="sum", filters=by_host)
    frames = await asked.show(generation, Panel([boxes], T, END))

    assert [frame.label["host"] for frame in frames] == ["web01", "web02"]
    assert frames[1].points == tuple((T + 10 * i, 10.0 * (i + 1)) for i in range(6))


async def test_seconds_and_milliseconds(asked):
    """0 MUST decide seconds or milliseconds by magnitude, per request."""
    for unit in (1, 1000):
        _, answer = await asked.post({"start": T * unit, "end": END * unit, "queries": [CPU]})
        assert points(answer) == [SUM]


async def test_the_unit_of_the_answer(asked):
    """2.1 MUST answer in seconds unless msResolution was true, then in milliseconds, whatever the unit asked in."""
    for unit in (1, 1000):
        for ms_resolution in (False, True):
            body = {"start": T * unit, "end": END * unit, "queries": [CPU], "msResolution": ms_resolution}
            (answer,) = points((await asked.post(body))[1])
            assert answer[0][0] == T * (1000 if ms_resolution else 1)


async def test_unknown_fields(asked):
    """0 MUST ignore unknown fields in the body and in each sub query."""
    status, answer = await asked.post(
        {"start": T, "end": END, "queries": [{**CPU, "refId": "A", "hide": False, "alias": "$tag_host"}], "panelId": 4}
    )

    assert (status, points(answer)) == (200, [SUM])


@pytest.mark.parametrize("query", ["?arrays=true", "?arrays", "?x=1&arrays=true"])
async def test_arrays(asked, query):
    """0 MUST honour arrays on the query string alone; presence is enough."""
    _, answer = await asked.post({"start": T, "end": END, "queries": [CPU]}, "/api/query" + query)

    assert [result["dps"] for result in answer] == [[list(pair) for pair in SUM]]


async def test_the_user_agent_decides_nothing(asked):
    """0 MUST NOT switch format by User-Agent."""
    body = go_json({"start": T, "end": END, "queries": [CPU]})
    answers = [
        (await asked.exchange("POST", "/api/query", body, {**GO, "User-Agent": agent}))[2]
        for agent in ("Go-http-client/1.1", "Grafana/9.5.2", "Grafana/13.0.1 opentsdb/1.2.3", "curl/8")
    ]

    assert len(set(answers)) == 1


async def test_an_open_end(asked):
    """1.5 MUST take a body without end, which is sent when the dashboard ends now."""
    status, answer = await asked.post({"start": T * 1000, "queries": [{**CPU, "downsample": "0all-sum"}]})

    assert (status, points(answer)) == (200, [((T, 227.0),)])


HOST = [{"type": "literal_or", "tagk": "host", "filter": "web02", "groupBy": True}]
TENS = tuple((T + 10 * i, 10.0 * (i + 1)) for i in range(6))
EMPTIES = {
    "tags first": [("tags", {}), ("filters", HOST)],
    "filters first": [("filters", HOST), ("tags", {})],
    "empty filters last": [("tags", {"host": "web02"}), ("filters", [])],
    "empty filters first": [("filters", []), ("tags", {"host": "web02"})],
    "an array": [("filters", HOST), ("tags", [])],
    "an array first": [("tags", []), ("filters", HOST)],
    "alone": [("tags", {"host": "web02"})],
}


@pytest.mark.parametrize("fields", EMPTIES.values(), ids=EMPTIES.keys())
async def test_empties_cancel_nothing(asked, fields):
    """1.5 MUST: an empty tags never cancels a non-empty filters, nor the reverse, in any key order."""
    assert points(await asked.ask({**CPU, **dict(fields)})) == [TENS]


async def test_an_empty_array_of_tags(asked):
    """3 says: accept an empty array of tags as an empty object, as Grafana 3 sends it."""
    assert points(await asked.ask({**CPU, "tags": []})) == [SUM]


async def test_the_whole_editor_model(asked):
    """0 says: F2 carries the whole editor model, with both tags and filters, one of them empty."""
    body = {
        "start": T * 1000 + 123, "msResolution": False, "globalAnnotations": True, "end": END * 1000 + 123,
        "queries": [
            {"refId": "A", "datasource": {"type": "opentsdb", "uid": "P1"}, "alias": "$tag_host", "metric": "cpu",
             "aggregator": "sum", "downsampleAggregator": "avg", "downsampleFillPolicy": "none",
             "downsampleInterval": "", "disableDownsampling": False, "shouldComputeRate": True, "isCounter": True,
             "counterMax": "", "counterResetValue": "", "tags": {}, "filters": [*HOST], "rate": True,
             "rateOptions": {"counter": True, "dropResets": True}, "downsample": "20s-avg", "explicitTags": False}
        ],
    }  # fmt: skip
    status, _, answer = await asked.exchange("POST", "/api/query", json.dumps(body).encode(), BROWSER)

    assert status == 200
    assert [frame.label["host"] for frame in read_browser(answer, milliseconds=False)] == ["web02"]


@pytest.mark.parametrize("unit", ["ms", "s", "m", "h", "d", "w", "n", "y"])
async def test_units(asked, unit):
    """1.7 MUST accept ms s m h d w n y."""
    width = 20_000 if unit == "ms" else 20 if unit == "s" else 1
    (answer,) = await asked.ask({**CPU, "downsample": f"{width}{unit}-sum"}, start=T - 400 * 86_400)

    assert sum(answer["dps"].values()) == 227


@pytest.mark.parametrize("downsample", ["0all-sum", "1dc-sum", "1m-sum-", "1m-sum-none"])
async def test_other_intervals(asked, downsample):
    """6 check 6: downsample takes all units, 0all, Ndc, a trailing dash, fills."""
    (answer,) = await asked.ask({**CPU, "downsample": downsample}, start=T - 86_400)

    assert sum(answer["dps"].values()) == 227


async def test_a_trailing_dash(asked):
    """1.6 MUST accept 1m-avg- as no fill."""
    assert await asked.ask({**CPU, "downsample": "20s-sum-"}) == await asked.ask({**CPU, "downsample": "20s-sum"})


@pytest.mark.parametrize("text", ["", "nan", "null", "zero"])
async def test_fills(asked, text):
    """2.2 says: the fills none, nan, null and zero are all offered."""
    (answer,) = await asked.ask({**CPU, "downsample": f"10s-sum-{text}", "tags": {"host": "web01"}})

    assert answer["dps"][str(T + 40)] == 5
    assert (answer["dps"].get(str(T + 30)) == 0) == (text == "zero")


@pytest.mark.parametrize("most", [65535.5, 18446744073709551615, 1e21, 9e300])
async def test_numbers_of_rates(asked, mount, most):
    """1.8 MUST parse rate numbers with a float-capable parser: 2^64 - 1 arrives as 18446744073709552000."""
    text = b'{"start":%d,"end":%d,"queries":[{"aggregator":"sum","metric":"cpu","rate":true,"rateOptions":%s}]}'
    options = json.dumps({"counter": True, "counterMax": most}).encode()
    status, answer = await asked.post(text % (T, END, options))

    # OpenTSDB itself takes no number past 64 bits with a sign, and says so.
    assert status == 200 or (not mount and answer["error"]["message"].startswith("Max value of counter"))


async def test_go_escapes(asked):
    """1.4 says: bodies escape & < > as \\u0026 \\u003c \\u003e."""
    (request,) = backend(Panel([model("rt", filters=[{"tagk": "name", "type": "literal_or", "groupBy": True,
                                                      "filter": "GET /x?a=1,b=<2>&c"}])], T, END))  # fmt: skip
    assert b"\\u003c2\\u003e\\u0026" in request.body
    _, _, answer = await asked.exchange("POST", request.path, request.body)

    assert [frame.label["name"] for frame in read_go(answer, request.arrays)] == ["GET /x?a=1,b=<2>&c"]


async def test_tag_values_of_all_kinds(asked):
    """1.4 says: tag values are literals, stars, or a|b|c from a variable of several values."""
    for value, count in (("web01", 1), ("*", 2), ("web01|web02", 2)):
        assert len(await asked.ask({**CPU, "tags": {"host": value}})) == count


async def test_explicit_tags(asked):
    """1.4 says: explicitTags true when switched on."""
    assert await asked.ask({**CPU, "tags": {"host": "*"}, "explicitTags": True}) == []
    assert len(await asked.ask({**CPU, "tags": {"host": "*", "dc": "*"}, "explicitTags": True})) == 2


@pytest.mark.parametrize("base", ["", "/"])
async def test_a_post_is_answered_where_it_is_sent(asked, base):
    """1.1 says: do not redirect a POST.

    6 breaks: a POST that is redirected.
    """
    body = go_json({"start": T, "end": END, "queries": [CPU]})
    status, _, _ = await asked.exchange("POST", "/api/query" + base, body)

    assert status == 200


async def test_large_bodies(asked):
    """6 check 8: bodies of several MB are accepted, and answers come within 30 s, Go's time-out."""
    values = "|".join(["web01", *(f"host-{i:06}.example.org" for i in range(200_000))])
    await asked.put(point("cpu", T, 1, host="host-000000.example.org", dc="lga"))
    body = go_json({"start": T, "end": END, "queries": [{**CPU, "filters": [{"type": "iliteral_or", "tagk": "host",
                                                        "filter": values, "groupBy": True}]}]})  # fmt: skip
    assert len(body) > 4_000_000
    status, _, answer = await asked.exchange("POST", "/api/query", body)

    assert status == 200
    assert len(read_go(answer, arrays=False)) == 2


async def test_what_was_accepted_is_readable_at_once(asked):
    """5 says: points must be readable as soon as they are accepted, for alerts look at the last minutes."""
    await asked.put(point("fresh", T, 1, host="a"))

    assert points(await asked.ask({"metric": "fresh", "aggregator": "sum"})) == [((T, 1.0),)]


async def test_headers_of_proxies_do_no_harm(asked):
    """1.1 says: the proxy adds headers for tracing, forwarding, panels and authentication."""
    headers = {**BROWSER, "traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "uber-trace-id": "a:b:0:1"}
    body = go_json({"start": T, "end": END, "queries": [CPU]})

    assert (await asked.exchange("POST", "/api/query", body, headers))[0] == 200
