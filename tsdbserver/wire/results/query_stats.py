"""An answer that tells what it cost: `showStats` beside each result, `showSummary` as an element at the end.

The names are OpenTSDB's. Times are in ms and measured; where OpenTSDB has a stage that there is not here, it took none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import orjson

from tsdbserver.model.query import Query
from tsdbserver.model.result import Answer, Cost, ResultSeries
from tsdbserver.wire.results.query_result import render

Stats = dict[str, float]

_TIMES = ("aggregationTime", "queryScanTime", "serializationTime", "uidToStringTime")


def render_answer(answer: Answer, query: Query) -> bytes:
    """The body of an answer. BadQuery as `render` raises it."""
    if not (query.shown.stats or query.shown.summary):
        return render(answer.results, query)
    began = perf_counter()
    accounts = [_Account(index, cost) for index, cost in enumerate(answer.costs)]
    objects = [accounts[query.sub_queries.index(one.sub_query)].rendered(one, query) for one in answer.results]
    if query.shown.summary:
        objects.append(orjson.dumps({"statsSummary": _summary(accounts, answer.costs, _ms_since(began))}))
    return b"[" + b",".join(objects) + b"]"


@dataclass(slots=True)
class _Account:
    """What one sub query cost so far."""

    index: int
    cost: Cost
    results: list[Stats] = field(default_factory=list)

    def rendered(self, result: ResultSeries, query: Query) -> bytes:
        """One result, with its stats if they are to be shown."""
        began = perf_counter()
        text = render([result], query)[1:-1]
        stats = self._stats(len(result.times), _ms_since(began))
        self.results.append(stats)
        return text[:-1] + b',"stats":' + orjson.dumps(stats) + b"}" if query.shown.stats else text

    def total(self) -> Stats:
        """The stats of all of its results as one."""
        points, writing = (sum(stats[name] for stats in self.results) for name in ("emittedDPs", "serializationTime"))
        return self._stats(int(points), writing)

    def _stats(self, points: int, writing: float) -> Stats:
        return {
            "aggregationTime": round(self.cost.aggregate, 6),
            "emittedDPs": points,
            "groupByTime": 0.0,
            "queryIndex": self.index,
            "queryScanTime": round(self.cost.read, 6),
            "saltScannerMergeTime": 0.0,
            "serializationTime": round(writing, 6),
            "uidToStringTime": round(self.cost.describe, 6),
        }


def _summary(accounts: Sequence[_Account], costs: Sequence[Cost], writing: float) -> dict[str, object]:
    totals = [account.total() for account in accounts]
    summary: dict[str, object] = {}
    for name in _TIMES:
        times = [total[name] for total in totals]
        capital = name[0].upper() + name[1:]
        summary[f"avg{capital}"], summary[f"max{capital}"] = sum(times) / len(times), max(times)
    spent = sum(cost.read + cost.aggregate + cost.describe for cost in costs) + writing
    summary["emittedDPs"] = sum(total["emittedDPs"] for total in totals)
    summary["processingPreWriteTime"] = summary["totalTime"] = round(spent, 6)
    return summary | {f"queryIdx_{account.index:02}": total for account, total in zip(accounts, totals, strict=True)}


def _ms_since(began: float) -> float:
    return 1000 * (perf_counter() - began)
