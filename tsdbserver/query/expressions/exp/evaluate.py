"""Evaluates the formulas of `/api/query/exp`: metrics and expressions by their ids → the tables that are wanted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tsdbserver.model.expression import Expression, ExpressionQuery, Join, Metric, Output, OutputTable
from tsdbserver.model.formula import Formula
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.control.budget import Budget
from tsdbserver.query.expressions.arithmetic import evaluate
from tsdbserver.query.expressions.exp.columns import Columns, Matrix, columns_of
from tsdbserver.query.expressions.exp.join import Joined, join
from tsdbserver.query.expressions.exp.join_keys import Identities
from tsdbserver.query.runner import QueryRunner
from tsdbserver.store.interface import Catalog


def tables(asked: ExpressionQuery, runner: QueryRunner, catalog: Catalog) -> list[OutputTable]:
    """What is wanted, in its order; ids that nothing has are passed over, as OpenTSDB passes over them.

    BadQuery for unknown names, joins that leave nothing, and what is too large.
    """
    evaluation = _Evaluation(asked, runner, catalog)
    return [evaluation.table(output) for output in asked.outputs if output.id in evaluation]


_BLOCK = 1 << 18
"""So many cells of an expression are evaluated at once: each operand that waits for its operator takes as many more."""


class _Evaluation:
    """Reads every metric and evaluates every expression that is needed, once."""

    def __init__(self, asked: ExpressionQuery, runner: QueryRunner, catalog: Catalog) -> None:
        self._asked = asked
        self._runner = runner
        self._identities = Identities(catalog)
        self._budget = Budget(runner.most_cells)
        self._made: dict[str, Columns] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._asked.metrics or name in self._asked.expressions

    def table(self, output: Output) -> OutputTable:
        """An expression shows the span, a metric all that was read, with its fill in the gaps."""
        columns = self._columns(output.id)
        if metric := self._asked.metrics.get(output.id):
            values = columns.filled(metric.fill.value)
            return OutputTable(output, sorted(columns.metrics), columns.labels, columns.times, values)
        span = self._asked.query.span
        within = slice(*np.searchsorted(columns.times, (span.start, span.end + 1)).tolist())
        return OutputTable(
            output, sorted(columns.metrics), columns.labels, columns.times[within], columns.values[:, within]
        )

    def _columns(self, name: str) -> Columns:
        if name not in self._made:
            metric = self._asked.metrics.get(name)
            self._made[name] = self._read(metric) if metric else self._evaluated(self._asked.expressions[name])
        return self._made[name]

    def _read(self, metric: Metric) -> Columns:
        span, sub = self._asked.query.span, metric.sub_query
        earlier = TimeSpan(max(span.start - metric.offset, 0), max(span.end - metric.offset, 0))
        results = self._runner.read(sub, earlier, self._asked.query)
        self._budget.take(results)
        keys = frozenset(tag_filter.tag_key for tag_filter in sub.filters)
        columns = columns_of(results, keys, self._budget.cells)
        return replace(self._in_order(columns), times=columns.times + metric.offset)

    def _in_order(self, columns: Columns) -> Columns:
        identities = self._identities.of(columns, Join())
        return columns.take(sorted(range(len(identities)), key=identities.__getitem__))

    def _evaluated(self, expression: Expression) -> Columns:
        names = expression.formula.names
        operands = {name: self._columns(name) for name in names}
        fills = {name: self._fill(name) for name in names}
        with self._runner.stage("join"):
            joined = join(expression.id, operands, fills, expression.join, self._identities, self._budget.cells)
        return Columns(
            labels=joined.labels,
            times=joined.times,
            values=self._values(expression.formula, joined),
            present=None,
            metrics=_union([columns.metrics for columns in operands.values()]),
            query_keys=_union([columns.query_keys for columns in operands.values()]),
        )

    def _values(self, formula: Formula, joined: Joined) -> Matrix:
        shape = len(joined.labels), len(joined.times)
        self._budget.spend(shape[0] * shape[1])
        made = np.empty(shape)
        step = max(_BLOCK // max(shape[0], 1), 1)
        for start in range(0, shape[1], step):
            block = slice(start, start + step)
            with self._runner.stage("evaluate"):
                made[:, block] = evaluate(formula, {name: values[:, block] for name, values in joined.values.items()})
        return made

    def _fill(self, name: str) -> float:
        part = self._asked.metrics.get(name) or self._asked.expressions[name]
        return part.fill.value


def _union(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
