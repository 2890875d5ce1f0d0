"""Evaluates gexp's trees of functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import Call
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.control.budget import Budget
from tsdbserver.query.expressions.gexp.functions import FUNCTIONS, Function
from tsdbserver.query.expressions.series import Results, Scope, clipped
from tsdbserver.query.presentation.dialect import suited
from tsdbserver.query.runner import QueryRunner


def evaluate(calls: Sequence[Call], query: Query, runner: QueryRunner) -> Sequence[ResultSeries]:
    """The results of all calls within the query's span. BadQuery for what no function or no series is called, and for
    arguments that a function does not take.
    """
    for call in calls:
        _check(call)
    evaluation = _Evaluation(query, runner, Budget(runner.most_cells))
    results = [result for call in calls for result in clipped(evaluation.call(call, query.span), query.span)]
    return suited(results, None, query.profile)


def _check(call: Call) -> None:
    if call.function not in FUNCTIONS:
        raise BadQuery(f"Function {call.function} has not been implemented")
    for operand in call.operands:
        if isinstance(operand, Call):
            _check(operand)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    query: Query
    runner: QueryRunner
    budget: Budget

    def call(self, call: Call, span: TimeSpan) -> Results:
        if not call.operands:
            return []
        function = FUNCTIONS[call.function]
        wanted = _before(span, function, call.literals)
        operands = [self._operand(operand, wanted) for operand in call.operands]
        with self.runner.stage("evaluate"):
            return function.run(operands, call.literals, Scope(span, self.budget.cells, self.query.shown))

    def _operand(self, operand: Call | int, span: TimeSpan) -> Results:
        if isinstance(operand, Call):
            return self.call(operand, span)
        sub_query = (self.query.asked or self.query.sub_queries)[operand]  # of which some may have become equal
        results = self.runner.read(sub_query, span, self.query)
        self.budget.take(results)
        return results


def _before(span: TimeSpan, function: Function, literals: Sequence[str]) -> TimeSpan:
    earlier = function.earlier(literals)
    return TimeSpan(max(span.start - earlier, 0), max(span.end - earlier, 0))
