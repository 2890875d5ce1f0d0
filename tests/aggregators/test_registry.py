from functools import partial

import pytest

from aggregators import (
    CARRY,
    INTERPOLATE,
    SKIP,
    Aggregator,
    AggregatorFamily,
    AggregatorRegistry,
    UnknownAggregator,
    builtin,
)
from aggregators.functions.percentile import PercentileList
from aggregators.functions.sum import SUM, SumList


def test_an_unknown_aggregator_is_named():
    with pytest.raises(UnknownAggregator, match=r"^no aggregator named 'p98'$"):
        builtin()["p98"]


def test_a_duplicate_name_is_an_error():
    aggregators = builtin()

    with pytest.raises(ValueError, match="already an aggregator named 'sum'"):
        aggregators.register(Aggregator("sum", SumList))


@pytest.mark.parametrize("name", ["", "p-99", "a:b", "two words", "tab\t"])
def test_a_name_that_no_query_can_ask_for_is_refused(name):
    with pytest.raises(ValueError, match="cannot be named"):
        AggregatorRegistry().register(Aggregator(name, SumList))


def test_names_come_in_the_order_of_registration():
    aggregators = AggregatorRegistry()
    aggregators.register(Aggregator("zeta", SumList))
    aggregators.register(SUM)

    assert aggregators.names() == ["zeta", "sum"] == [aggregator.name for aggregator in aggregators]
    assert "sum" in aggregators
    assert "avg" not in aggregators


def test_every_registry_of_built_ins_is_its_own():
    changed = builtin()
    changed.register(Aggregator("spread", SumList))

    assert "spread" not in builtin()


OPENTSDB = """sum min max avg none median mult dev diff count zimsum mimmin mimmax first last pfsum squareSum
p999 p99 p95 p90 p75 p50 ep999r3 ep99r3 ep95r3 ep90r3 ep75r3 ep50r3 ep999r7 ep99r7 ep95r7 ep90r7 ep75r7 ep50r7"""


def test_opentsdbs_names_are_all_there_and_come_first():
    names = builtin().names()

    assert set(names[:35]) == set(OPENTSDB.split())
    assert names[35:] == ["p9999", "iqr", "buckets", "cdf_500", "apdex_500", "trimmed_mean_5"]


def test_equal_names_are_equal_aggregators():
    assert builtin()["p99"] == builtin()["p99"] != builtin()["p999"]
    assert builtin()["cdf_250"] == builtin()["cdf_250"] != builtin()["cdf_251"]


def a_percentile(name, percent):
    if not 0 < percent <= 100:
        raise ValueError("a percentage lies between 0 and 100")
    return Aggregator(name, partial(PercentileList, p=percent / 100))


TOP = AggregatorFamily("top_", "percent", "10", a_percentile)


@pytest.fixture
def with_family():
    aggregators = builtin()
    aggregators.register(TOP)
    return aggregators


def test_a_family_answers_to_every_number(with_family):
    assert [with_family[name].name for name in ("top_10", "top_99.9", "top_007")] == ["top_10", "top_99.9", "top_007"]
    assert "top_50" in with_family
    assert "top_" not in with_family


def test_a_family_is_listed_by_its_example_and_documented_by_its_pattern(with_family):
    assert with_family.names()[-1] == "top_10"
    assert with_family.patterns()[-1] == "top_<percent>"
    assert len(with_family) == len(list(with_family)) == len(with_family.names())


@pytest.mark.parametrize("name", ["top_", "top_x", "top_1e3", "top_1.", "top_.5", "top_ 5", "top_５"])
def test_a_name_without_a_number_tells_the_form(with_family, name):
    with pytest.raises(UnknownAggregator, match=r"the form is top_<percent>, for example top_10$"):
        with_family[name]


def test_a_number_that_makes_no_sense_is_explained_by_the_family(with_family):
    with pytest.raises(UnknownAggregator, match=r"^no aggregator named 'top_0': a percentage lies between") as caught:
        with_family["top_0"]

    assert caught.value.reason == "a percentage lies between 0 and 100"


def test_an_aggregators_own_name_and_the_longer_prefix_come_first(with_family):
    with_family.register(Aggregator("top_1", SumList))
    with_family.register(AggregatorFamily("top_sum_", "number", "1", lambda name, number: Aggregator(name, SumList)))

    assert with_family["top_1"].make_list is SumList
    assert with_family["top_sum_2"].make_list is SumList
    assert with_family["top_2"].make_list is not SumList


@pytest.mark.parametrize(
    "family, message",
    [
        (TOP, "already an aggregator named 'top_'"),
        (AggregatorFamily("a-b_", "x", "1", a_percentile), "cannot be named"),
        (AggregatorFamily("other_", "percent", "0", a_percentile), "a percentage lies between"),
        (AggregatorFamily("other_", "percent", "x", a_percentile), "the form is"),
    ],
)
def test_a_family_that_cannot_be_is_refused(with_family, family, message):
    with pytest.raises((ValueError, UnknownAggregator), match=message):
        with_family.register(family)


@pytest.mark.parametrize(
    "name, reason",
    [
        ("cdf_", "for example cdf_500"),
        ("cdf_ten", "the form is cdf_<limit>"),
        ("apdex_0", "more than 0"),
        ("trimmed_mean_50", "less than 50"),
    ],
)
def test_what_the_built_in_families_refuse(name, reason):
    with pytest.raises(UnknownAggregator, match=reason):
        builtin()[name]


def test_whose_rule_a_downsample_function_brings_along():
    assert Aggregator("a", SumList, CARRY).own_rule is CARRY
    assert Aggregator("a", SumList, SKIP).own_rule is SKIP
    assert Aggregator("a", SumList, INTERPOLATE).own_rule is None
    assert Aggregator("a", SumList, CARRY, rule_for_groups_only=True).own_rule is None
