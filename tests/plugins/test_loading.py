"""Plug-ins: files in a directory, entry points, and what happens when they are wrong."""

import logging
import sys
from importlib.metadata import EntryPoint

import aiohttp
import numpy as np
import pytest
from click.testing import CliRunner

from aggregators import (
    INTERPOLATE,
    Aggregator,
    AggregatorFamily,
    Digests,
    FillPolicy,
    UnknownAggregator,
    UpdaterChoice,
    builtin,
)
from aggregators.functions.sum import SumList
from tests.batches import T0
from tsdbserver.__main__ import main
from tsdbserver.app import start
from tsdbserver.errors import AggregatorFailed
from tsdbserver.plugins import aggregators as plugins
from tsdbserver.plugins.aggregators import load_plugins
from tsdbserver.plugins.error import PluginError
from tsdbserver.plugins.guard import guarded
from tsdbserver.settings.parsers import directory
from tsdbserver.settings.table import Settings

TOTAL = """\
from aggregators import Aggregator
from aggregators.functions.sum import SUM, SumList

TOTAL = Aggregator("total", SumList)
"""

FAMILY = """\
from aggregators import Aggregator, AggregatorFamily
from aggregators.functions.sum import SumList

def make(name, number):
    return Aggregator(name, SumList)

TIMES: AggregatorFamily = AggregatorFamily("times_", "factor", "2", make)
"""


def loaded(directory):
    registry = builtin()
    load_plugins(registry, directory)
    return registry


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path

    return write


def test_every_aggregator_and_family_of_a_file_is_registered(write):
    write("total.py", TOTAL + 'OTHER = Aggregator("other", SumList)\n')
    registry = loaded(write("with-a-dash.py", FAMILY))

    assert registry.names()[-3:] == ["total", "other", "times_2"]
    assert registry["times_7"].name == "times_7"


def test_tests_and_parts_are_left_alone(write):
    for name in ("test_total.py", "_parts.py", ".hidden.py", "notes.txt"):
        path = write(name, "this is no Python")

    assert loaded(path).names() == builtin().names()


def test_no_directory_is_no_plug_in():
    assert loaded(None).names() == builtin().names()
    assert directory("") is None
    with pytest.raises(ValueError, match="there is no directory 'nowhere'"):
        directory("nowhere")


WRONG = {
    TOTAL.replace('"total"', '"sum"'): "{file}:4: there is already an aggregator named 'sum' (built in)",
    TOTAL + 'AGAIN = Aggregator("total", SumList)\n': (
        "{file}:5: there is already an aggregator named 'total' ({file}:4)"
    ),
    FAMILY.replace("times_", "cdf_"): "{file}:7: there is already an aggregator named 'cdf_' (built in)",
    TOTAL.replace('"total"', '"to-tal"'): "{file}:4: an aggregator cannot be named 'to-tal': a name has neither",
    TOTAL.replace("SumList)", "dict)"): "{file}:4: a list cannot be made: TypeError",
    TOTAL.replace("SumList)", "lambda size: [None] * size)"): (
        "{file}:4: aggregator 'total' makes a list, which is no AggregatorList"
    ),
    FAMILY.replace('"2"', '"two"'): "{file}:7: a list cannot be made: UnknownAggregator",
    "import math\n": "{file}: no Aggregator or AggregatorFamily at the top level of the file",
    "import math\nimport no_such_module\n": (
        "{file}:2 cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"
    ),
    "def half(x):\n    return x / 0\nhalf(1)\n": "{file}:2 cannot be loaded: ZeroDivisionError: division by zero",
    "x = 1\nx = (2\n": "{file}:2 cannot be loaded: SyntaxError: '(' was never closed",
}


@pytest.mark.parametrize("text, message", WRONG.items(), ids=range(len(WRONG)))
def test_a_file_that_cannot_be_used_is_named_with_its_line(write, text, message):
    path = write("bad.py", text)

    with pytest.raises(PluginError) as caught:
        loaded(path)

    assert str(caught.value).startswith("plug-in " + message.format(file=path / "bad.py"))
    assert "\n" not in str(caught.value)


def test_it_stops_the_start_of_the_server_with_one_sentence(write):
    path = write("bad.py", TOTAL.replace('"total"', '"sum"'))
    result = CliRunner().invoke(main, ["serve", "--listen", "127.0.0.1:0", "--plugins-dir", str(path)])

    assert result.exit_code == 1
    assert result.output == f"Error: plug-in {path}/bad.py:4: there is already an aggregator named 'sum' (built in)\n"


def offer(monkeypatch, value):
    entry = EntryPoint("offered", value, plugins.ENTRY_POINTS)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [entry] if group == plugins.ENTRY_POINTS else [])


@pytest.fixture
def package(write, monkeypatch):
    monkeypatch.syspath_prepend(write("offered_package.py", TOTAL))
    monkeypatch.delitem(sys.modules, "offered_package", raising=False)
    return write


def test_entry_points_add_aggregators(monkeypatch, package):
    offer(monkeypatch, "offered_package:TOTAL")

    assert "total" in loaded(None)


def test_what_an_entry_point_imported_may_be_in_a_file_too(monkeypatch, package, tmp_path):
    offer(monkeypatch, "offered_package:TOTAL")
    files = tmp_path / "files"
    files.mkdir()
    (files / "more.py").write_text(
        "from offered_package import TOTAL\n" + TOTAL.replace("TOTAL", "M").replace("tot", "m")
    )

    assert loaded(files).names()[-2:] == ["total", "mal"]


@pytest.mark.parametrize(
    "value, message",
    [
        ("offered_package:SumList", "offered_package.py: 'SumList' is neither an Aggregator nor an AggregatorFamily"),
        ("offered_package:MISSING", "offered = offered_package:MISSING cannot be loaded: AttributeError"),
        ("no_such_package:X", "offered = no_such_package:X cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_an_entry_point_that_cannot_be_used_is_named(monkeypatch, package, value, message):
    offer(monkeypatch, value)

    with pytest.raises(PluginError) as caught:
        loaded(None)

    assert message in str(caught.value)


def test_a_broken_package_is_named_with_file_and_line(monkeypatch, package, tmp_path):
    package("offered_package.py", "x = 1\nx / 0\n")
    offer(monkeypatch, "offered_package:TOTAL")

    with pytest.raises(PluginError, match=r"offered_package\.py:2 cannot be loaded: ZeroDivisionError"):
        loaded(None)


class Fails(SumList):
    def add(self, index, value):
        raise ZeroDivisionError("division by zero")

    def get(self, index):
        return 1.0 / 0 if index else super().get(index)

    def clear(self):
        raise KeyError("gone")

    def add_many(self, indexes, values):
        self.add(0, values[0])

    def add_runs(self, indexes, edges, values):
        self.add(0, values[0])

    def to_array(self):
        return np.zeros(3)


def fail(*_):
    raise OverflowError("too much")


ONE = np.zeros(1, np.intp), np.zeros(1)
WAYS = {
    "add": (lambda a: a.make_list(2).add(0, 1.0), "ZeroDivisionError: division by zero"),
    "get": (lambda a: a.make_list(2).get(1), "ZeroDivisionError: float division by zero"),
    "clear": (lambda a: a.make_list(2).clear(), "KeyError: 'gone'"),
    "add_many": (lambda a: a.make_list(2).add_many(*ONE), "ZeroDivisionError: division by zero"),
    "add_runs": (lambda a: a.make_list(2).add_runs(ONE[0], np.array([0, 1]), ONE[1]), "ZeroDivisionError: division"),
    "to_array": (
        lambda a: a.make_list(2).to_array(),
        "TypeError: to_array gave a column of shape (3,) instead of (2,)",
    ),
    "gap list": (lambda a: a.under(FillPolicy.NAN).make_list(2), "OverflowError: too much"),
    "samples": (lambda a: a.samples(Digests.empty(), ONE[0][:0], 2), "OverflowError: too much"),
    "updater": (lambda a: a.updaters[FillPolicy.NONE](ONE[0], ONE[1]), "OverflowError: too much"),
    "short updater": (lambda a: a.updaters[FillPolicy.NAN](ONE[0], ONE[1]), "TypeError: the updater gave a column of"),
}


@pytest.mark.parametrize("use, message", WAYS.values(), ids=WAYS.keys())
def test_whatever_fails_while_it_runs_is_named_and_logged(caplog, use, message):
    choice = UpdaterChoice("odd", none=fail, nan=lambda times, column: column[:0])
    aggregator = guarded(Aggregator("odd", Fails, choice, samples=fail, make_gap_list=fail), "/srv/plugins/odd.py")

    with caplog.at_level(logging.ERROR), pytest.raises(AggregatorFailed) as caught:
        use(aggregator)

    assert caught.value.message.startswith(f"aggregator 'odd' of /srv/plugins/odd.py failed: {message}")
    assert caught.value.status_hint == 500
    assert "Traceback" in caplog.text


def test_what_works_is_passed_on():
    aggregator = guarded(Aggregator("total", SumList, samples=builtin()["sum"].samples), "total.py")
    slots = aggregator.make_list(2)
    slots.add(0, 1.0)
    slots.add_many(*ONE)
    slots.add_runs(np.array([0]), np.array([0, 2]), np.array([2.0, 3.0]))

    assert (len(slots), slots.get(0), slots.get(1)) == (2, 6.0, None)
    assert np.array_equal(slots.to_array(), [6.0, np.nan], equal_nan=True)
    assert aggregator.updaters is INTERPOLATE
    slots.clear()
    assert slots.get(0) is None
    assert aggregator.samples is not None
    assert np.isnan(aggregator.samples(Digests.empty(), ONE[0][:0], 1)).all()


def odd_family(name, number):
    if number == 3:
        raise ValueError("3 is not wanted")
    if number == 4:
        raise KeyError("four")
    return Aggregator(name, Fails)


def test_the_members_of_a_family_are_guarded_too():
    family = guarded(AggregatorFamily("odd_", "x", "1", odd_family), "odd.py")

    with pytest.raises(AggregatorFailed, match=r"^aggregator 'odd_7' of odd\.py failed"):
        family.member("odd_7").make_list(1).add(0, 1.0)
    with pytest.raises(UnknownAggregator, match="3 is not wanted"):
        family.member("odd_3")
    with pytest.raises(AggregatorFailed, match=r"^aggregator 'odd_4' of odd\.py failed: KeyError: 'four'"):
        family.member("odd_4")


FRAGILE = """\
import numpy as np
from aggregators import Aggregator
from aggregators.functions.sum import SumList

class InverseList(SumList):
    def add_runs(self, indexes, edges, values):
        super().add_runs(indexes, edges, np.array([1 / value for value in values.tolist()]))

INVERSE = Aggregator("inverse", InverseList)
"""


async def test_a_plug_in_that_fails_answers_500_and_the_server_lives(write):
    path = write("fragile.py", FRAGILE)
    runner, url = await start(Settings(listen=("127.0.0.1", 0), plugins_dir=path))
    points = [
        {"metric": m, "timestamp": T0 // 1000 + 1, "value": v, "tags": {"h": "a"}} for m, v in (("x", 4), ("y", 0))
    ]
    span = f"start={T0 // 1000 - 60}&end={T0 // 1000 + 60}"
    async with aiohttp.ClientSession(url) as session:
        await session.post("/api/put", json=points)
        bad = await session.get(f"/api/query?{span}&m=sum:0all-inverse:y")
        good = await session.get(f"/api/query?{span}&m=sum:0all-inverse:x")

        assert bad.status == 500
        assert (await bad.json())["error"]["message"] == (
            f"aggregator 'inverse' of {path}/fragile.py failed: ZeroDivisionError: float division by zero"
        )
        assert list((await good.json())[0]["dps"].values()) == [0.25]
    await runner.cleanup()
