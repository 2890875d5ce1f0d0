"""A real k6 with the tdigest output, against a real server: what k6 says it made is what the server has."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from tests.e2e.queries import Question
from tsdbserver.demo.exact import Truth, points
from tsdbserver.demo.generators import K6_ENVIRONMENT, STATS, Generator, two_generators
from tsdbserver.demo.processes import running
from tsdbserver.demo.queries import Span

DURATION_S = 12
RANK_TOLERANCE = 0.005
FIVE_ITERATIONS = Path(__file__).with_name("five_iterations.js")


@dataclass(frozen=True)
class Run:
    """A finished test of two generators."""

    server: str
    span: Span
    generators: Sequence[Generator]

    def by_instance(self, metric: str, function: str) -> dict[str, float]:
        answers = Question(metric, function, by=("instance",)).ask_whole(self.server, self.span)
        return {instance: value for (instance,), value in answers.items()}

    def last_by_instance(self, gauge: str) -> dict[str, float]:
        """A gauge has one value for each instance and interval; answers come in the order of time."""
        answers = Question(gauge, "sum", by=("instance",), slot="10s").ask(self.server, self.span)
        return {instance: value for ((instance,), _), value in sorted(answers.items())}

    def merged(self, metric: str, function: str) -> float:
        return Question(metric, function).ask_whole(self.server, self.span)[()]

    def metrics(self, kind: str) -> Iterator[str]:
        """The metrics of a type, by what the generators' own raw files say."""
        for line in self.generators[0].raw_file.read_bytes().splitlines():
            parsed = orjson.loads(line)
            if parsed["type"] == "Metric" and parsed["data"]["type"] == kind:
                yield parsed["metric"]

    def samples(self, metric: str, *generators: Generator) -> Truth:
        return Truth.of(
            point["data"]["value"]
            for generator in generators
            for point in points(generator.raw_file)
            if point["metric"] == metric
        )


@pytest.fixture(scope="module")
def run(k6: Path, server: str, shop: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("k6")
    generators = two_generators(folder)
    started_ms = time.time_ns() // 1_000_000
    with ExitStack() as ending:
        children = [
            ending.enter_context(
                running(generator.name, generator.command(k6, server, shop, DURATION_S), folder, K6_ENVIRONMENT)
            )
            for generator in generators
        ]
        for child in children:
            child.wait(DURATION_S + 60)
    return Run(server, Span(started_ms - 60_000, started_ms + 600_000), generators)


def test_trends_arrive_whole(run: Run) -> None:
    for metric in run.metrics("trend"):
        made = {generator.name: generator.summary().metrics[metric] for generator in run.generators}

        for function in ("count", "min", "max"):
            assert run.by_instance(metric, function) == {name: stats[function] for name, stats in made.items()}, metric
        assert run.merged(metric, "count") == sum(stats["count"] for stats in made.values()), metric


def test_counters_arrive_whole(run: Run) -> None:
    for metric in run.metrics("counter"):
        made = {generator.name: generator.summary().metrics[metric]["count"] for generator in run.generators}

        assert run.by_instance(metric, "sum") == pytest.approx(made), metric
        assert run.merged(metric, "sum") == pytest.approx(sum(made.values())), metric


def test_rates_arrive_whole(run: Run) -> None:
    for metric in run.metrics("rate"):
        made = {generator.name: generator.summary().metrics[metric] for generator in run.generators}
        asked = {name: rate["passes"] + rate["fails"] for name, rate in made.items()}

        assert run.by_instance(metric, "count") == asked, metric
        assert run.by_instance(metric, "avg") == pytest.approx({name: rate["value"] for name, rate in made.items()})
        nonzero = sum(rate["passes"] for rate in made.values())
        assert run.merged(metric, "avg") == pytest.approx(nonzero / sum(asked.values())), metric


def test_gauges_arrive_with_their_last_value_and_their_extremes(run: Run) -> None:
    for metric in run.metrics("gauge"):
        made = {generator.name: generator.summary().metrics[metric] for generator in run.generators}

        assert run.last_by_instance(metric) == {name: gauge["value"] for name, gauge in made.items()}, metric
        for function in ("min", "max"):
            answered = run.by_instance(f"{metric}.{function}", function)
            assert answered == {name: gauge[function] for name, gauge in made.items()}, metric


def test_each_generators_percentiles_are_those_of_its_own_summary(run: Run) -> None:
    for metric in run.metrics("trend"):
        for generator in run.generators:
            samples = run.samples(metric, generator)
            own = generator.summary().metrics[metric]
            for function, q in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
                answer = run.by_instance(metric, function)[generator.name]

                assert own[STATS[function]] == pytest.approx(samples.quantile(q)), "k6's own and the raw samples"
                assert samples.rank_error(answer, q) <= RANK_TOLERANCE, f"{function} of {metric} {generator.name}"


def test_merged_percentiles_are_those_of_all_samples_together(run: Run) -> None:
    for metric in run.metrics("trend"):
        samples = run.samples(metric, *run.generators)
        for function, q in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)):
            answer = run.merged(metric, function)

            assert samples.rank_error(answer, q) <= RANK_TOLERANCE, f"{function} of {metric}: {answer}"


def run_five_iterations(k6: Path, url: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [k6, "run", "--quiet", "--address", "", "--out", f"tdigest={url}", FIVE_ITERATIONS]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={**K6_ENVIRONMENT})


def test_five_iterations_arrive_whole(k6: Path, server: str) -> None:
    started_ms = time.time_ns() // 1_000_000

    done = run_five_iterations(k6, server)

    assert done.returncode == 0, done.stderr
    span = Span(started_ms - 60_000, started_ms + 600_000)
    assert Question("steps", "sum").ask_whole(server, span) == {(): 10}
    assert Question("step_time", "count").ask_whole(server, span) == {(): 5}
    assert Question("step_time", "p50").ask_whole(server, span) == {(): 30}
    assert Question("step_time", "p90").ask_whole(server, span) == {(): pytest.approx(46)}


@pytest.mark.parametrize(
    "url, sentence",
    [("ftp://127.0.0.1:4242", "ftp"), ("http://127.0.0.1:no-port", "no-port")],
)
def test_a_wrong_url_stops_k6_before_the_test(k6: Path, url: str, sentence: str) -> None:
    done = run_five_iterations(k6, url)

    assert done.returncode != 0
    assert sentence in done.stderr
    assert "five_iterations" not in done.stdout, "the test ran"


def test_a_server_that_is_no_tsdbserver_stops_k6_before_the_test(k6: Path, shop: str) -> None:
    done = run_five_iterations(k6, shop)

    assert done.returncode != 0
    assert shop in done.stderr
