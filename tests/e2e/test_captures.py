"""Two recorded k6 runs, through every door, must give every exact answer of the truth tables."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import pytest

from tests.e2e.captures import CAPTURES, EACH_INSTANCE, TABLES, Cell, Exact, Row, Table, exact
from tests.e2e.queries import QUANTILES, Question, running_server
from tsdbserver.demo.exact import Truth

EXTENSION = Path(__file__).parents[2] / "xk6-output-tdigest"
METRICS = sorted(exact(10).types)
EXACT_UP_TO = 32
RANK_TOLERANCE = 0.005

INGEST = (sys.executable, "-m", "tsdbserver", "ingest", "k6-json")


def from_files(url: str, _: Path, *flags: str) -> None:
    subprocess.run([*INGEST, *CAPTURES, "--url", url, *flags], check=True, timeout=120)


def piped(url: str, _: Path) -> None:
    for capture in CAPTURES:
        with subprocess.Popen(["gzip", "-dc", capture], stdout=subprocess.PIPE) as lines:
            subprocess.run([*INGEST, "-", "--url", url], stdin=lines.stdout, check=True, timeout=120)


def through_the_extension(url: str, folder: Path) -> None:
    """The Go side's aggregator, wire format and delivery, without k6 around them."""
    replay = folder / "replay"
    subprocess.run([os.environ.get("GO", "go"), "build", "-o", replay, "./cmd/replay"], cwd=EXTENSION, check=True)
    subprocess.run([replay, "--url", url, *CAPTURES], check=True, timeout=120)


DOORS = (from_files, piped, through_the_extension)


@pytest.fixture(scope="module", params=DOORS, ids=[door.__name__ for door in DOORS])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that was given both captures through one of the doors."""
    door: Callable[[str, Path], None] = request.param
    folder = tmp_path_factory.mktemp(door.__name__)
    with running_server(folder) as url:
        door(url, folder)
        yield url


@pytest.fixture(scope="module")
def filled_by_the_second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server whose digests cover one second each."""
    folder = tmp_path_factory.mktemp("by_the_second")
    with running_server(folder) as url:
        from_files(url, folder, "--interval", "1s")
        yield url


@dataclass(frozen=True)
class Page:
    """One metric's cells in one table of the truth, and the server that must know them."""

    server: str
    truth: Exact
    table: Table
    metric: str

    def answers(self, function: str, companion: str = "", fill: str = "none") -> Iterator[tuple[str, float, Cell]]:
        """Where it is, the server's answer, and the cell; the server must answer these cells and no others."""
        by, slot = self.truth.by(self.table, self.metric), self.truth.slot(self.table)
        question = Question(self.metric + companion, function, by, slot, fill)
        answered = question.ask(self.server, self.truth.span)
        if self.table.slot is None:
            answered = {(group, 0): value for (group, _), value in answered.items()}
        cells = {(cell.group, cell.start): cell for cell in self.truth.cells(self.table, self.metric)}
        if fill == "zero":
            answered = {key: value for key, value in answered.items() if value != 0 or key in cells}
        assert answered.keys() == cells.keys(), f"{question} in {self.table.name}"

        for key, cell in cells.items():
            yield f"{question} {key} in {self.table.name}", answered[key], cell

    def expect(self, function: str, right: Callable[[Row], float], companion: str = "", fill: str = "none") -> None:
        """All answers are right, up to the order in which float64 numbers were added."""
        for place, answer, cell in self.answers(function, companion, fill):
            assert answer == pytest.approx(right(cell.row), rel=1e-12, abs=1e-12), place


@pytest.mark.parametrize("metric", METRICS)
def test_every_answer_in_ten_second_slots_is_true(filled: str, metric: str) -> None:
    truth = exact(10)
    for table in TABLES:
        CHECKS[truth.types[metric]](Page(filled, truth, table, metric))


@pytest.mark.parametrize("metric", METRICS)
def test_every_answer_in_one_second_slots_is_true(filled_by_the_second: str, metric: str) -> None:
    truth = exact(1)
    for table in TABLES:
        CHECKS[truth.types[metric]](Page(filled_by_the_second, truth, table, metric))


@pytest.mark.parametrize("metric", [metric for metric in METRICS if exact(10).types[metric] != "gauge"])
def test_ten_one_second_digests_are_as_true_as_one_of_ten_seconds(filled_by_the_second: str, metric: str) -> None:
    truth = exact(10)
    for table in TABLES:
        CHECKS[truth.types[metric]](Page(filled_by_the_second, truth, table, metric))


def check_trend(page: Page) -> None:
    for name in ("count", "sum", "min", "max"):
        page.expect(name, itemgetter(name))
    samples = page.truth.samples(page.table, page.metric)
    for name, q in QUANTILES.items():
        for place, answer, cell in page.answers(name):
            check_quantile(place, answer, cell, samples[cell.group, cell.start], q)


def check_quantile(place: str, answer: float, cell: Cell, samples: Truth, q: float) -> None:
    assert samples.samples.size == cell.row["count"], f"the test's own samples of {place}"

    if cell.row["count"] <= EXACT_UP_TO:
        assert answer == pytest.approx(cell.row["quantiles"]["linear"][f"p{q * 100:g}"], rel=1e-6, abs=1e-9), place
    else:
        assert samples.rank_error(answer, q) <= RANK_TOLERANCE, f"{place}: {answer}, exactly {samples.quantile(q)}"


def check_counter(page: Page) -> None:
    """Filled with zeros: where a series is silent, OpenTSDB's sum would draw a line through its neighbours."""
    page.expect("sum", itemgetter("sum"), fill="zero")


def check_rate(page: Page) -> None:
    page.expect("count", itemgetter("total"))
    page.expect("avg", lambda row: row["nonzero"] / row["total"])


def check_gauge(page: Page) -> None:
    """A gauge's last value is a number of its own for each instance and interval; its extremes are companions."""
    page.expect("min", itemgetter("min"), companion=".min")
    page.expect("max", itemgetter("max"), companion=".max")
    if page.table is EACH_INSTANCE:
        page.expect("sum", itemgetter("last"))


CHECKS = {"trend": check_trend, "counter": check_counter, "rate": check_rate, "gauge": check_gauge}
