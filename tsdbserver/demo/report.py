"""What the run gave: the server's answers, k6's summaries and the exact numbers, side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tsdbserver.demo.exact import Truth, points
from tsdbserver.demo.generators import STATS, Generator
from tsdbserver.demo.queries import Server

DURATION = "http_req_duration"
SCENARIOS = ("browse", "search", "checkout")
ALL = "all"
MERGED = "merged"
RANK_TOLERANCE = 0.005


@dataclass(frozen=True)
class Statistics:
    """One line of the table: a metric, a group, who says it, and count, p50 … max."""

    metric: str
    group: str
    said_by: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class P99:
    """Four ways to tell the p99 of both generators together, milliseconds; only one is the truth."""

    group: str
    of_each: Sequence[float]
    merged: float
    exact: float
    rank_error: float

    @property
    def averaged(self) -> float:
        return sum(self.of_each) / len(self.of_each)


@dataclass(frozen=True)
class Total:
    """A counter's sum or a rate's number of samples."""

    metric: str
    stored: float
    of_each: Sequence[float]


@dataclass(frozen=True)
class Report:
    statistics: Sequence[Statistics]
    p99s: Sequence[P99]
    totals: Sequence[Total]

    def faults(self) -> Iterator[str]:
        """What must not be: samples lost or doubled, or a merged percentile that is not the true one."""
        for total in self.totals:
            made = sum(total.of_each)
            if abs(total.stored - made) > 1e-9 * made:
                yield f"{total.metric}: k6 made {made:,.0f}, the server has {total.stored:,.0f}"
        for p99 in self.p99s:
            if p99.rank_error > RANK_TOLERANCE:
                yield f"p99 of {p99.group}: the server says {p99.merged:.2f} ms, the samples say {p99.exact:.2f} ms"


def make_report(server: Server, generators: Sequence[Generator]) -> Report:
    return Report(
        statistics=list(statistics(server, generators)),
        p99s=list(p99s(server, generators)),
        totals=list(totals(server, generators)),
    )


def by_scenario(server: Server, function: str, metric: str) -> dict[str, float]:
    """The function's value for each scenario, and for all of them together."""
    return {**server.numbers(function, f"k6.{metric}", by="scenario"), ALL: server.number(function, f"k6.{metric}")}


def statistics(server: Server, generators: Sequence[Generator]) -> Iterator[Statistics]:
    for metric, groups in ((DURATION, (*SCENARIOS, ALL)), ("iteration_duration", (ALL,)), ("checkout_time", (ALL,))):
        answers = {function: by_scenario(server, function, metric) for function in STATS}
        for group in groups:
            for generator in generators:
                own = generator.summary().trend(metric, None if group == ALL else group)
                if own:
                    yield Statistics(metric, group, generator.name, own)
            yield Statistics(metric, group, MERGED, {name: answers[name][group] for name in STATS})


def p99s(server: Server, generators: Sequence[Generator]) -> Iterator[P99]:
    answers = by_scenario(server, "p99", DURATION)
    samples: dict[str, list[float]] = {group: [] for group in (*SCENARIOS, ALL)}
    for generator in generators:
        for point in points(generator.raw_file):
            if point["metric"] == DURATION:
                for group in (point["data"]["tags"]["scenario"], ALL):
                    samples[group].append(point["data"]["value"])
    for group, values in samples.items():
        own = (generator.summary().trend(DURATION, None if group == ALL else group) for generator in generators)
        truth = Truth.of(values)
        yield P99(
            group,
            of_each=[statistics["p99"] for statistics in own if statistics],
            merged=answers[group],
            exact=truth.quantile(0.99),
            rank_error=truth.rank_error(answers[group], 0.99),
        )


def totals(server: Server, generators: Sequence[Generator]) -> Iterator[Total]:
    for metric, function in (("http_reqs", "sum"), ("items_sold", "sum"), ("checks", "count")):
        of_each = [generator.summary().total(metric) for generator in generators]
        yield Total(metric, server.number(function, f"k6.{metric}"), of_each)
    of_each = [trend["count"] for generator in generators if (trend := generator.summary().trend(DURATION))]
    yield Total(DURATION, server.number("count", f"k6.{DURATION}"), of_each)
