"""Plain data points through `/api/put`."""

import pytest

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}


async def stored(client, metric="cpu"):
    status, answer = await client.get("/api/query", m=f"sum:{metric}", start="1356998000", end="1356999000")
    return answer[0]["dps"] if status == 200 and answer else {}


async def test_one_point_or_a_list(client):
    assert await client.post("/api/put", POINT) == (204, None)
    assert await client.post("/api/put", [{**POINT, "timestamp": 1356998401000, "value": "2"}]) == (204, None)

    assert await stored(client) == {"1356998400": 1.5, "1356998401": 2.0}


NUMBERS = {"1.": 1, ".5": 0.5, "-1e3": -1000, "+2.5E-1": 0.25, " 1.5 ": 1.5, "007": 7, "-0.0": 0}


@pytest.mark.parametrize("text, value", NUMBERS.items(), ids=NUMBERS.keys())
async def test_values_may_be_texts(client, text, value):
    assert await client.post("/api/put", {**POINT, "timestamp": "1356998400", "value": text}) == (204, None)

    assert await stored(client) == {"1356998400": value}


async def test_the_last_write_wins(client):
    await client.post("/api/put", POINT)
    await client.post("/api/put", [{**POINT, "value": 7}, {**POINT, "value": 300}])

    assert await stored(client) == {"1356998400": 300.0}


@pytest.mark.parametrize("values", [(1e300, 5), (5, 1e300), ("1.", 5), (5, 1e300, 7)], ids=str)
async def test_the_last_of_a_body_wins_however_odd_the_others_are(client, values):
    await client.post("/api/put", POINT)
    await client.post("/api/put", [{**POINT, "value": value} for value in values])

    assert await stored(client) == {"1356998400": values[-1]}


BAD_POINTS = {
    "metric": ({"metric": ""}, "Metric name was empty"),
    "no timestamp": ({"timestamp": None}, "Invalid timestamp"),
    "timestamp": ({"timestamp": -1}, "Invalid timestamp"),
    "late timestamp": ({"timestamp": 99999999999999}, "bad timestamp=99999999999999"),
    "no value": ({"value": None}, "Empty value"),
    "value": ({"value": "notanumber"}, "Unable to parse value to a number"),
    "NaN": ({"value": "NaN"}, "Unable to parse value to a number"),
    "infinite": ({"value": "1e400"}, "value is NaN or Infinite"),
    "underscores": ({"value": "1_0.0"}, "Unable to parse value to a number"),
    "underscores in an integer": ({"value": "1_0"}, "Unable to parse value to a number"),
    "digits of another script": ({"value": "١٢"}, "Unable to parse value to a number"),
    "decimals of another script": ({"value": "١.٢"}, "Unable to parse value to a number"),
    "a mark alone": ({"value": "."}, "Unable to parse value to a number"),
    "large integer": ({"value": "9223372036854775808"}, "Unable to parse value to a number"),
    "no tags": ({"tags": {}}, "Missing tags"),
    "many tags": ({"tags": {f"t{i}": "v" for i in range(9)}}, "Too many tags: 9 maximum allowed: 8"),
    "metric character": ({"metric": "a b"}, 'Invalid metric name ("a b"): illegal character:  '),
    "tag value": ({"tags": {"host": ""}}, "Invalid tag value with key [host]: empty string"),
    "tag character": ({"tags": {"host": "a:b"}}, 'Invalid tag value with key [host] ("a:b"): illegal character: :'),
}


@pytest.mark.parametrize("change, message", BAD_POINTS.values(), ids=BAD_POINTS.keys())
async def test_a_bad_point_is_named_and_the_good_ones_are_stored(client, change, message):
    status, answer = await client.post("/api/put?details", [{**POINT, **change}, {**POINT, "metric": "good"}])

    assert (status, answer["success"], answer["failed"]) == (400, 1, 1)
    assert answer["errors"][0]["error"].startswith(message)
    assert await stored(client, "good") == {"1356998400": 1.5}


NO_POINTS = {
    "timestamp with underscores": {"timestamp": "1_356_998_400"},
    "timestamp of another script": {"timestamp": "١٣٥٦٩٩٨٤٠٠"},
    "timestamp in words": {"timestamp": "now"},
    "timestamp past 64 bits": {"timestamp": 1e300},
    "boolean timestamp": {"timestamp": True},
    "value in an object": {"value": {}},
    "value in an array": {"value": [1]},
    "tags in an array": {"tags": ["host"]},
    "tag in an object": {"tags": {"host": {}}},
    "metric in an array": {"metric": []},
}


@pytest.mark.parametrize("change", NO_POINTS.values(), ids=NO_POINTS.keys())
async def test_a_field_of_another_type_spoils_the_whole_body(client, change):
    status, answer = await client.post("/api/put?details", [POINT, {**POINT, **change}])

    assert (status, answer["error"]["message"]) == (400, "Unable to parse the given JSON")
    assert await stored(client) == {}


COERCED = {
    "timestamp with decimals": ({"timestamp": 1356998400.9}, "cpu"),
    "metric that is a number": ({"metric": 5.50}, "5.5"),
    "tag that is a number": ({"tags": {"host": 5}}, "cpu"),
    "tag that is a boolean": ({"tags": {"host": True}}, "cpu"),
    "hexadecimal value": ({"value": "0x1.8p0"}, "cpu"),
    "value with a suffix": ({"value": "1.5d"}, "cpu"),
    "value with blanks": ({"value": " 1.5"}, "cpu"),
}


@pytest.mark.parametrize("change, metric", COERCED.values(), ids=COERCED.keys())
async def test_fields_are_taken_for_what_they_are_meant_to_be(client, change, metric):
    assert await client.post("/api/put", {**POINT, **change}) == (204, None)

    assert await stored(client, metric) == {"1356998400": 1.5}


async def test_summary_counts(client):
    assert await client.post("/api/put?summary", [POINT]) == (200, {"success": 1, "failed": 0})


async def test_without_details_one_error_speaks_for_all(client):
    status, answer = await client.post("/api/put", {**POINT, "tags": {}})

    assert status == 400
    assert answer["error"]["message"] == "One or more data points had errors"


@pytest.mark.parametrize(
    "body, message",
    [(b"", "Missing request content"), (b"hello", "must start as an object or an array"),
     (b"[{]", "Unable to parse the given JSON"), (b"[]", "No datapoints found in content")],
)  # fmt: skip
async def test_a_bad_body_is_named(client, body, message):
    status, answer = await client.post("/api/put", body)

    assert status == 400
    assert message in answer["error"]["message"]


async def test_a_distribution_takes_no_points(client):
    batch = {"v": 1, "iid": "x", "seq": 1, "t0": 0, "iv": 1000, "series": [{"metric": "cpu", "values": [1]}]}
    await client.post("/api/tdigest/v1/batch", batch)
    _, answer = await client.post("/api/put?details", POINT)

    assert answer["errors"][0]["error"] == "metric 'cpu' holds distribution series, not point"


@pytest.mark.parametrize("change", [{"timestamp": -1}, {"timestamp": 99999999999999}, {"value": 1e19 * 1e290}])
async def test_a_bad_point_makes_no_series(client, change):
    assert (await client.post("/api/put", [{**POINT, **change}]))[0] == 400

    assert (await client.get("/api/suggest", type="metrics"))[1] == []


async def test_a_large_body_is_one_body(client):
    many = [{**POINT, "timestamp": 1356998400 + at, "tags": {"host": f"h{at % 7}"}} for at in range(3_000)]
    many[1_500] = {**POINT, "value": "x"}
    many[2_999] = {**POINT, "tags": {}}
    status, answer = await client.post("/api/put?details", many)

    assert (status, answer["success"], answer["failed"]) == (400, 2_998, 2)
    assert [one["error"] for one in answer["errors"]] == ["Unable to parse value to a number", "Missing tags"]
    many[10] = {**POINT, "tags": []}
    status, answer = await client.post("/api/put?details", many)
    assert (status, answer["error"]["message"]) == (400, "Unable to parse the given JSON")


async def test_a_timeout_that_is_no_number_is_named(client):
    status, answer = await client.post("/api/put?sync&sync_timeout=soon", [])

    assert (status, answer["error"]["message"]) == (400, "Invalid sync_timeout, a number of milliseconds: soon")
