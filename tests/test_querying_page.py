"""docs/querying.md names every parameter, field, unit and filter type of a query, and the errors it shows are real."""

import re
from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest

import aggregators
from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import Shown
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import UNIT_MS
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.select.derived_metrics import Companions
from tsdbserver.query.select.filter_types import BUILT_IN, built_in_filters
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query import json_query, uri_query

PAGE = (Path(__file__).parent.parent / "docs" / "querying.md").read_text()
NOW = 1_357_002_000_000


def table(first):
    """The rows, each a list of cells, of the table whose first column is called so."""
    (text,) = re.findall(rf"^\| {re.escape(first)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in text.replace("\\|", "¦").splitlines()]


def words(first, column=0):
    """What is in back quotes in one column of a table."""
    return [word for row in table(first) for word in re.findall(r"`([^`]*)`", row[column])]


def get(text):
    return uri_query.parse_query(parse_qs(text, keep_blank_values=True), NOW)


def what_a_flag_changes(name):
    """The fields of a query that are not the same without the flag."""
    plain, flagged = get("start=1&m=sum:1d-avg:cpu"), get(f"start=1&m=sum:1d-avg:cpu&{name}=false")
    shown = {f.name for f in fields(Shown) if getattr(plain.shown, f.name) != getattr(flagged.shown, f.name)}
    return shown | ({"calendar"} if plain.sub_queries != flagged.sub_queries else set())


def test_every_type_of_filter_is_told():
    assert [row[0].strip("`") for row in table("type")] == [kind.name for kind in BUILT_IN]


def test_each_flag_changes_one_thing_and_all_are_told():
    changed = [what_a_flag_changes(name) for name in words("flag")]

    assert [len(names) for names in changed] == [1] * len(changed)
    assert set().union(*changed) == {f.name for f in fields(Shown)} | {"calendar"}


def test_the_fields_of_a_post_are_those_that_are_read():
    assert set(words("field")) - {"true", "false"} == set(json_query._Query.__struct_fields__)
    assert {name for name in words("flag", 1) if name != "arrays"} <= set(words("field"))


def test_the_fields_of_a_sub_query_are_those_that_are_read():
    assert set(words("field of a sub query")) == set(json_query._SubQuery.__struct_fields__)


def test_units_and_fill_policies_are_all_told():
    assert words("unit") == list(UNIT_MS)
    assert words("fill") == [policy.value for policy in FillPolicy]


def test_companions_are_all_told():
    told = {row[0]: {name.strip("`.") for name in row[1].split()} for row in table("kind of metric")}
    real = Companions(aggregators.builtin())._of_kind

    assert told == {
        "distribution": set(real[MetricKind.DISTRIBUTION]),
        "k6 counter": set(real[MetricKind.COUNTER]),
        "k6 gauge": set(real[MetricKind.GAUGE]),
        "histogram": set(real[MetricKind.HISTOGRAM]),
    }


@pytest.fixture
def planner():
    store = RingStore()
    written = {"value": np.array([1.0])}
    assert not store.write_numbers("cpu", MetricKind.POINT, [tag_set({"host": "web01"})], np.array([NOW]), written)
    return Planner(store, store, aggregators.builtin(), built_in_filters())


def plan(planner, query):
    for sub in query.sub_queries:
        planner.plan(sub, query.span)


@pytest.mark.parametrize(("asked", "message"), [[cell.strip("`") for cell in row[:2]] for row in table("asked")])
def test_an_error_is_as_told(planner, asked, message):
    with pytest.raises(BadQuery) as refused:
        plan(planner, get(asked if "start=" in asked else f"start=1h-ago&{asked}"))

    assert refused.value.message == message
