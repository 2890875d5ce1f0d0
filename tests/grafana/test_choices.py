"""Any name that was stored can be chosen, whatever it holds."""

import pytest

from tests.batches import MSGPACK, TREND, packed, trend
from tests.grafana.conftest import END, T
from tests.grafana.generations import ESCAPINGS

CHECKS = (
    "status 200|201", "status 200", "is ok (200)", "ok(200)", "bad(500)", "response time < 500ms", 'say "hi" & \'go\'',
    "a &lt; b", "http://x/?fields=id,name&limit=5", "http://x/a,b?c=d", "http://x/a", "status is 200, a=b",
    "wildcard(*)", "Plain", "* star", "a < b", "p &lt; q|r", "p < q", "tail", "tail|", "|", "||",
)  # fmt: skip


@pytest.fixture
async def checks(empty):
    """The metric `checks` has a series for each check, whose one sample is a power of two."""
    series = [("checks", {"check": name, "status": "200"}, TREND, trend(2**i)) for i, name in enumerate(CHECKS)]
    series.append(("checks", {"other": "x"}, TREND, trend(1 << 30)))
    status, _, body = await empty.exchange("POST", "/api/tdigest/v1/batch", packed(*series), {"Content-Type": MSGPACK})
    assert status == 200, body
    return empty


async def found(source, **boxes):
    """The checks whose samples are in the sum."""
    (status, answer) = await source.post(
        {
            "start": T,
            "end": END,
            "queries": [{"metric": "checks", "aggregator": "sum", "downsample": "1m-avg", **boxes}],
        }
    )
    assert status == 200, answer
    total = int(sum(value for result in answer for value in result["dps"].values()))
    return {name for i, name in enumerate(CHECKS) if total >> i & 1}


def by(kind, text, group=False):
    return {"filters": [{"type": kind, "tagk": "check", "filter": text, "groupBy": group}]}


LITERALS = ("literal_or", "iliteral_or")
SEVERAL = {
    "status 200|201": {"status 200|201", "status 200"},
    "status 200|201|Plain": {"status 200|201", "status 200", "Plain"},
    "Plain|status 200|201": {"status 200|201", "status 200", "Plain"},
    "Plain|is ok (200)": {"Plain", "is ok (200)"},
    "ok(200)|bad(500)": {"ok(200)", "bad(500)"},
    "response time &lt; 500ms": {"response time < 500ms"},
    "say &quot;hi&quot; &amp; &#39;go&#39;": {"say \"hi\" & 'go'"},
    "Plain|response time &lt; 500ms": {"Plain", "response time < 500ms"},
    "a &lt; b": {"a &lt; b"},
    "a &lt; b|Plain": {"a &lt; b", "Plain"},
    "p &lt; q|r": {"p &lt; q|r"},
    "p &lt; q|Plain": {"p < q", "Plain"},
    "tail|": {"tail", "tail|"},
    "tail||": {"tail", "tail|", "|"},
    "Plain|tail|": {"Plain", "tail", "tail|"},
    "|": {"|"},
    "|||": {"|", "||"},
    "http://x/?fields=id,name&amp;limit=5|Plain": {"http://x/?fields=id,name&limit=5", "Plain"},
    "*": set(CHECKS),
    "Plain|*": set(CHECKS),
}


@pytest.mark.parametrize("text, names", SEVERAL.items())
@pytest.mark.parametrize("kind", LITERALS)
async def test_choices_in_a_list(checks, kind, text, names):
    """4.1 says: a filter's value is a suggestion or free text; several values and a custom All come as text as well."""
    assert await found(checks, **by(kind, text)) == names


@pytest.mark.parametrize("text", [text for text in SEVERAL if "*" not in text])
@pytest.mark.parametrize("kind", ["not_literal_or", "not_iliteral_or"])
async def test_choices_left_out(checks, kind, text):
    """4.1 says: the filter list also has the types that leave values out."""
    assert await found(checks, **by(kind, text)) == set(CHECKS) - SEVERAL[text]


@pytest.mark.parametrize(
    "text, names", [(text, names) for text, names in SEVERAL.items() if "*" not in text] + [
    ("is ok (200)", {"is ok (200)"}), ("ok(200)", {"ok(200)"}), ("wildcard(*)", {"wildcard(*)"}),
    ("Plain|*", set(CHECKS)), ("ok*|Plain", {"ok(200)", "Plain"}), ("literal_or(Plain)", {"Plain"}),
    ("regexp(^ok)", {"ok(200)"})]
)  # fmt: skip
async def test_choices_in_tags(checks, text, names):
    """1.4 says: tags are literals, `*`, or a|b|c (multi-value variable, pipe format)."""
    assert await found(checks, tags={"check": text}) == names


@pytest.mark.parametrize("text", ["nofilter(x)", "nofilter(x", "wildcard(x", "(x)"])
@pytest.mark.parametrize("mount", ["/grafana", ""])
async def test_calls_that_are_none(checks, mount, text):
    """2.5 says: 400 for what makes no sense: a text like a call that nobody has stored."""
    checks.base = mount
    body = {"start": T, "queries": [{"metric": "checks", "aggregator": "sum", "tags": {"check": text}}]}

    assert (await checks.post(body))[0] == 400


PATTERNS = {
    "Plain|http://x/a": {"Plain", "http://x/a"},
    "Pl*|ok*": {"Plain", "ok(200)"},
    "Pl*|ok(200)": {"Plain", "ok(200)"},
    "status 200|201": {"status 200|201", "status 200"},
    "*&lt; 500*": {"response time < 500ms"},
    "Plain": {"Plain"},
    "ok(200)": {"ok(200)"},
    "response time &lt; 500ms": {"response time < 500ms"},
    "nosuch": set(),
    "tail|": {"tail", "tail|"},
    "Plain||": {"Plain", "|"},
    "Pla*||": {"Plain", "|"},
    "|": {"|"},
    "status 2*|201": {"status 200|201", "status 200"},
}


@pytest.mark.parametrize("text, names", PATTERNS.items())
@pytest.mark.parametrize("kind", ["wildcard", "iwildcard"])
async def test_several_choices_of_a_wildcard(checks, kind, text, names):
    """1.4 says: a multi-value variable is a|b, whatever the type of the filter that it stands in."""
    names = names | ({"status 200"} if text == "status 2*|201" else set())

    assert await found(checks, **by(kind, text)) == names


@pytest.mark.parametrize("kind", ["wildcard", "iwildcard"])
async def test_many_patterns_in_one_filter(checks, kind):
    """1.4 says: a multi-value variable is a|b, however many values it has; those with an asterisk are limited."""
    patterns = [f"nosuch-{i}*" for i in range(255)]
    body = {"metric": "checks", "aggregator": "sum", **by(kind, "|".join([*patterns, "Pla*", "extra*"]))}

    assert await found(checks, **by(kind, "|".join([*patterns, "Pla*", "tail"]))) == {"Plain", "tail"}
    status, answer = await checks.post({"start": T, "queries": [body]})
    assert (status, answer["error"]["message"]) == (
        400,
        "257 choices with an asterisk are more than the 256 that a filter may have",
    )


async def test_a_regular_expression_with_entities(checks):
    """4.1 says: a filter's value may come out of a menu."""
    assert await found(checks, **by("regexp", "time &lt; [0-9]+ms$")) == {"response time < 500ms"}


async def test_groups_of_choices(checks):
    """1.4 says: filters are passed through with groupBy."""
    body = {"metric": "checks", "aggregator": "sum", "downsample": "1m-avg", **by("literal_or", "status 200|201", True)}
    answer = await checks.ask(body)

    assert sorted(result["tags"]["check"] for result in answer) == ["status 200", "status 200|201"]


async def test_the_faithful_mount(checks):
    """4.4 says: /api stays faithful to OpenTSDB; what it cannot store, a pipe and parentheses, is found there, too."""
    faithful = checks.faithful()

    for kind in LITERALS:
        assert await found(faithful, **by(kind, "status 200|201")) == {"status 200|201", "status 200"}
    for kind in ("not_literal_or", "not_iliteral_or"):
        assert "status 200|201" not in await found(faithful, **by(kind, "status 200|201"))
    assert await found(faithful, tags={"check": "status 200|201|Plain"}) == {"status 200|201", "status 200", "Plain"}
    for text in ("|", "tail|", "Plain|tail|", "|||"):
        assert await found(faithful, **by("literal_or", text)) == SEVERAL[text]
    assert await found(faithful, tags={"check": "is ok (200)"}) == {"is ok (200)"}
    assert await found(faithful, **by("iliteral_or", "*")) == set()
    for boxes in (
        by("wildcard", "a|b"),
        by("wildcard", "Plain"),
        {"tags": {"check": "ok(200)"}},
        by("literal_or", "a|nosuch"),
    ):
        body = {"start": T, "queries": [{"metric": "checks", "aggregator": "sum", **boxes}]}
        assert (await faithful.post(body))[0] == 400


async def test_the_first_braces(checks):
    """4.4 says: both mounts serve all endpoints, a GET as well."""
    for mount in ("/grafana", ""):
        checks.base = mount
        m = "sum:1m-sum:checks%7Bcheck=status%20200%7C201%7D"
        status, answer = await checks.get(f"/api/query?start={T}&end={END}&m={m}")
        assert (status, len(answer)) == (200, 2)


LOOKUPS = {
    **{f"check={name}": {name} for name in CHECKS if name != "* star"},
    "check=Plain,Chosen=http://x/a,b?c=d": {"Plain", "http://x/a,b?c=d"},
    "check=Plain|http://x/a,b?c=d|ok(200)": {"Plain", "http://x/a,b?c=d", "ok(200)"},
    " check = Plain ": {"Plain"},
    "check=response time &lt; 500ms": {"response time < 500ms"},
    "check=say &quot;hi&quot; &amp; &#39;go&#39;": {"say \"hi\" & 'go'"},
    "check=nosuch,a=b": set(),
}


@pytest.mark.parametrize("pair, names", LOOKUPS.items())
@pytest.mark.parametrize("escaped", ESCAPINGS.values(), ids=ESCAPINGS)
async def test_lookups(checks, escaped, pair, names):
    """1.3 says: variables are put into the lookup as they are, the second value of one behind the variable's name."""
    m = f"checks{{*=200,{pair}}}"
    status, answer = await checks.get(f"/api/search/lookup?{escaped({'m': m, 'limit': '0'})}")

    assert status == 200, answer
    assert {result["tags"]["check"] for result in answer["results"]} == names


async def test_an_unknown_key_of_a_lookup(checks):
    """2.5 says: an unknown name in a lookup is 200 with results: []; behind an open value there is no value to add."""
    for m in ("checks%7Bstatus=*,nosuch=x%7D", "checks%7Bnosuch=*%7D"):
        status, answer = await checks.get(f"/api/search/lookup?m={m}")
        assert (status, answer["results"]) == (200, [])
