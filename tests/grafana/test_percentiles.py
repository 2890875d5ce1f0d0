"""A p99 is the p99, whatever stands in the other boxes; and a series of one says so."""

import pytest

from tests.grafana.conftest import END, T, point
from tests.grafana.generations import GENERATIONS, Panel, model


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_the_editors_avg_does_not_average(source, generation):
    """4.2 says: merge the digests of all series and times first, then take the quantile; avg gives only the width."""
    (frame,) = await source.show(generation, Panel([model("rt", "p50", downsampleInterval="1m")], T, END))

    assert frame.points == ((T, 6.5),)


async def test_downsampled_percentiles_compose(source):
    """4.2 says: pNN as downsampling function is per series and bucket, then the aggregator across series."""
    (answer,) = await source.ask({"metric": "rt", "aggregator": "max", "downsample": "1m-p50"})

    assert answer["dps"] == {str(T): 150}


async def test_totals_come_from_the_digests(source):
    """4.2 says: sum avg min max count work from the digest's own totals; count is the number of samples."""
    for function, value in {"sum": 355, "avg": 355 / 12, "min": 1, "max": 200, "count": 12}.items():
        (answer,) = await source.ask({"metric": "rt", "aggregator": function, "downsample": f"1m-{function}"})
        assert answer["dps"] == {str(T): pytest.approx(value)}


async def test_without_downsampling(source):
    """4.2 says: Disable downsampling gives one quantile per stored digest time, merged across the group."""
    (frame,) = await source.show("B", Panel([model("rt", "p50", disableDownsampling=True)], T, END))

    assert frame.points == ((T, 6.5),)


async def test_on_plain_metrics(source):
    """4.2 says: on plain metrics pNN stays OpenTSDB's percentile across series."""
    (answer,) = await source.ask({"metric": "cpu", "aggregator": "p50", "downsample": "10s-avg"})

    assert answer["dps"][str(T)] == 5.5


async def test_the_rate_of_a_percentile(source):
    """4.2 says: rate on a digest metric has no meaning: 400 with a clear reason phrase."""
    sub = {"metric": "rt", "aggregator": "p99", "downsample": "1m-avg", "rate": True}
    body = b'{"start":%d,"end":%d,"queries":[%s]}' % (
        T,
        END,
        str(sub).replace("'", '"').replace("True", "true").encode(),
    )
    status, response, _ = await source.exchange("POST", "/api/query", body)

    assert (status, response.reason[:46]) == (400, "rate has no meaning on the distribution 'rt': ")


TAGGED = {
    ("rt", "p99", "1m-avg"): "0.99",
    ("rt", "p999", "1m-p50"): "0.999",
    ("rt", "max", "1m-p50"): "0.5",
    ("rt", "avg", "1m-avg"): None,
    ("cpu", "p95", "1m-avg"): "0.95",
    ("cpu", "sum", "1m-ep75r7"): "0.75",
    ("cpu", "sum", "1m-avg"): None,
}


@pytest.mark.parametrize("asked, quantile", TAGGED.items(), ids=map(":".join, TAGGED))
async def test_a_percentile_is_tagged(source, asked, quantile):
    """4.3 says: add a synthetic tag to results of a percentile function, and B labels the series by itself."""
    metric, aggregator, downsample = asked
    answer = await source.ask(
        {"metric": metric, "aggregator": aggregator, "downsample": downsample, "tags": {"host": "*"}}
    )

    assert [result["tags"].get("quantile") for result in answer] == [quantile] * 2


async def test_a_tag_of_that_name_stays(source):
    """4.3 says: alert instances stay distinct; a tag quantile that series bring along is theirs."""
    await source.put(*(point("go_gc", T, i, job="x", quantile=q) for i, q in enumerate(("0.5", "0.99"))))
    kept = await source.ask({"metric": "go_gc", "aggregator": "p99", "tags": {"quantile": "*"}})
    merged = await source.ask({"metric": "go_gc", "aggregator": "p99"})

    assert [result["tags"] for result in kept] == [{"job": "x", "quantile": q} for q in ("0.5", "0.99")]
    assert [(result["tags"], result["aggregateTags"]) for result in merged] == [({"job": "x"}, ["quantile"])]


async def test_the_faithful_mount_adds_nothing(source):
    """4.4 says: /api stays faithful to OpenTSDB."""
    (answer,) = await source.faithful().ask({"metric": "rt", "aggregator": "p99", "downsample": "1m-avg"})

    assert "quantile" not in answer["tags"]
