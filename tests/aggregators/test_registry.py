from importlib.metadata import EntryPoint

import pytest

from aggregators import Aggregator, AggregatorRegistry, UnknownAggregator, builtin, registry
from aggregators.sum import SUM, SumList


def test_an_unknown_aggregator_is_named():
    with pytest.raises(UnknownAggregator, match=r"^no aggregator named 'p98'$"):
        builtin()["p98"]


def test_a_duplicate_name_is_an_error():
    aggregators = builtin()

    with pytest.raises(ValueError, match="already an aggregator named 'sum'"):
        aggregators.register(Aggregator("sum", SumList))


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


def offer(monkeypatch, value):
    entry = EntryPoint("offered", value, registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == registry.ENTRY_POINTS else [])


def test_entry_points_add_aggregators(monkeypatch):
    offer(monkeypatch, "aggregators.sum:SUM")
    aggregators = AggregatorRegistry()
    aggregators.load_entry_points()

    assert aggregators["sum"] is SUM


def test_an_entry_point_that_is_no_aggregator_is_named(monkeypatch):
    offer(monkeypatch, "aggregators.sum:SumList")

    with pytest.raises(TypeError, match=r"'aggregators\.sum:SumList' in 'tsdbserver\.aggregators' is no Aggregator"):
        AggregatorRegistry().load_entry_points()
