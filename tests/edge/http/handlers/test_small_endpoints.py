"""What OpenTSDB answers beside queries: its old addresses, its pages, and words about itself."""

import logging
import re

import pytest

import tsdbserver
from tsdbserver.settings.opentsdb import opentsdb_settings
from tsdbserver.settings.table import Settings

HOUR = 1_356_998_400


@pytest.fixture
async def loaded(client):
    for host, value in (("web01", 1), ("web02", 2.5)):
        tags = {"host": host, "dc": "lga"}
        points = [{"metric": "cpu", "timestamp": HOUR + s, "value": value, "tags": tags} for s in (0, 30, 3_000, 3_700)]
        assert (await client.post("/api/put", points))[0] == 204
    return client


async def text(client, path):
    async with client.session.get(path) as response:
        return response.status, response.content_type, await response.text()


async def test_status_and_dropcaches(client):
    assert await client.get("/api/status") == (200, {"status": "ok"})
    for method in ("GET", "DELETE"):
        async with client.session.request(method, "/api/dropcaches") as response:
            assert await response.json() == {"status": "200", "message": "Caches dropped"}
    assert (await client.post("/api/dropcaches", {}))[0] == 405


async def test_the_settings_are_texts_by_name(client):
    status, config = await client.get("/api/config")

    assert (status, list(config)) == (200, sorted(config))
    assert all(isinstance(value, str) for value in config.values())
    assert (config["tsd.network.port"], config["tsdbserver.retention"]) == ("0", "21600000")
    assert (config["tsd.core.auto_create_metrics"], config["tsd.http.query.allow_delete"]) == ("true", "false")
    assert await client.post("/api/config", {}) == (200, config)


def test_a_secret_setting_is_not_told():
    assert opentsdb_settings(Settings(tls_key_password="hunter2"))["tsdbserver.tls_key_password"] == "********"
    assert opentsdb_settings(Settings())["tsdbserver.tls_key_password"] == ""


async def test_stats_are_points_with_texts_for_values(loaded):
    status, stats = await loaded.get("/api/stats")

    assert (status, {type(point["value"]) for point in stats}) == (200, {str})
    assert {point["metric"]: point["value"] for point in stats}["tsd.store.series"] == "2"
    names = {point["tags"]["kind"]: point["value"] for point in stats if point["metric"] == "tsd.uid.ids-used"}
    assert names == {"metrics": "1", "tagk": "2", "tagv": "3"}
    assert all("host" in point["tags"] for point in stats)
    assert (await loaded.post("/api/stats/nosuch", {}))[0] == 200
    assert await loaded.get("/api/stats/query") == (200, {"completed": [], "running": []})
    assert await loaded.get("/api/stats/threads") == (200, [])


async def test_stats_are_lines_before_there_was_an_api(loaded):
    _, kind, lines = await text(loaded, "/stats")

    assert kind == "text/plain"
    assert re.search(r"^tsd\.store\.series \d+ 2 host=\S+$", lines, re.MULTILINE)
    assert len((await loaded.get("/stats?json"))[1]) == len(lines.splitlines())


async def test_the_version_is_two_lines_or_json(client):
    status, kind, lines = await text(client, "/version")

    assert (status, kind, len(lines.splitlines())) == (200, "text/plain", 2)
    assert tsdbserver.__version__ in lines
    assert (await client.get("/version?json"))[1] == (await client.get("/api/version"))[1]


@pytest.mark.parametrize(
    "body, answer",
    [
        (b'{"type":"tagk"}', ["dc", "host"]),
        (b'{"type":"tagv","q":"web","max":1}', ["web01"]),
        (b'{"type":"tagv","q":"web","max":"1"}', ["web01"]),
        (b'{"type":"metrics","q":null,"max":0}', ["cpu"]),
    ],
)
async def test_suggest_by_post(loaded, body, answer):
    assert await loaded.post("/api/suggest", body) == (200, answer)


@pytest.mark.parametrize(
    "body, message",
    [
        (b"", "Missing message content"),
        (b"nonsense", "Unable to parse the given JSON"),
        (b'{"type":["metrics"]}', "Unable to parse the given JSON"),
        (b'{"q":"a"}', "Missing 'type' parameter"),
        (b'{"type":"names"}', "Invalid 'type' parameter:names"),
        (b'{"type":"tagk","max":"many"}', "Unable to parse 'max' as a number"),
        (b'{"type":"tagk","max":1.5}', "Unable to parse 'max' as a number"),
        (b'{"type":"tagk","max":2147483648}', "Unable to parse 'max' as a number"),
    ],
)
async def test_a_bad_suggest_by_post_is_named(client, body, message):
    status, answer = await client.post("/api/suggest", body)

    assert (status, answer["error"]["message"]) == (400, message)


async def test_a_histograms_companions_are_for_grafana(client):
    histogram = {"metric": "size", "timestamp": HOUR, "tags": {"host": "a"}, "buckets": {"0,1": 2}}
    assert (await client.post("/api/histogram", histogram))[0] == 204

    assert await client.get("/api/suggest", type="metrics") == (200, ["size"])
    assert "size.p99" in (await client.get("/grafana/api/suggest", type="metrics"))[1]


async def test_the_addresses_before_there_was_an_api(loaded):
    assert await loaded.get("/suggest?type=metrics&type=tagk") == (200, ["dc", "host"])
    assert await loaded.get("/aggregators") == await loaded.get("/api/aggregators")


async def test_a_graph_as_lines_holds_the_whole_hours(loaded):
    path = f"/q?start={HOUR}&end={HOUR + 30}&m=sum:cpu{{host=*}}&ascii"

    status, kind, lines = await text(loaded, path)

    assert (status, kind) == (200, "text/plain")
    assert lines.splitlines() == [
        f"cpu {HOUR + s} {value} host={host} dc=lga"
        for host, value in (("web01", "1"), ("web02", "2.5"))
        for s in (0, 30, 3_000)
    ]


async def test_a_gap_is_no_line(loaded):
    _, _, lines = await text(loaded, f"/q?start={HOUR}&end={HOUR + 3000}&m=sum:10m-sum-nan:cpu&ascii")

    assert lines.splitlines() == [f"cpu {HOUR} 7 dc=lga", f"cpu {HOUR + 3000} 3.5 dc=lga"]


async def test_a_graph_as_numbers(loaded):
    status, answer = await loaded.get(f"/q?start={HOUR}&end={HOUR + 30}&m=sum:cpu&m=max:cpu{{host=web01}}&json")

    assert status == 200
    assert answer.pop("timing") >= 0
    assert answer == {"plotted": 4, "points": 6, "etags": [["host"], []]}


async def test_a_graph_as_neither_leads_to_the_home_page(client):
    status, kind, page = await text(client, '/q?start=1h-ago&m=sum:<b>"')

    assert (status, kind) == (200, "text/html")
    assert "url=/#start=1h-ago" in page
    assert "<b>" not in page.split("<body>")[1].replace("<body>", "")


@pytest.mark.parametrize("flag, message", [("ascii", "No such name for"), ("png", "Graphs are not drawn here")])
async def test_a_graph_of_nothing_is_a_page_that_says_so(client, flag, message):
    status, kind, page = await text(client, f"/q?start=1h-ago&m=sum:nosuch&{flag}")

    assert (status, kind) == (400, "text/html")
    assert message in page


async def test_the_home_page_says_where_graphs_are_drawn(client):
    _, _, page = await text(client, "/")

    assert "docs/grafana.md" in page


async def test_the_home_page_stands_alone(client):
    status, kind, page = await text(client, "/")

    assert (status, kind) == (200, "text/html")
    assert tsdbserver.__version__ in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


async def test_every_link_of_the_home_page_leads_somewhere(client):
    _, _, page = await text(client, "/")

    for link in re.findall(r'(?:href|action)="([a-z][^":]*)"', page):
        async with client.session.get("/" + link.replace("&amp;", "&")) as response:
            assert response.status != 404, link


@pytest.mark.parametrize("path", ["/favicon.ico", "/s/nosuch.js"])
async def test_there_are_no_files(client, path):
    assert await client.get(path) == (404, {"error": {"code": 404, "message": "Page not found"}})


async def test_the_last_events_of_the_log_are_shown_newest_first(client):
    for number in range(1200):
        logging.getLogger("some.where").warning("event %d\n<b>", number)

    lines = (await text(client, "/logs"))[2].splitlines()

    assert len(lines) == 1000
    assert re.fullmatch(r"\d+\tWARNING\tMainThread\tsome\.where\tevent 1199 <b>", lines[0])
    assert await client.get("/logs?json") == (200, lines)


@pytest.mark.parametrize("path", ["/diediedie", "/dropcaches", "/api/serializers"])
async def test_what_there_is_not(client, path):
    async with client.session.get(path) as response:
        assert response.status == 404
