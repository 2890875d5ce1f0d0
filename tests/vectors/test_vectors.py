"""Answers that OpenTSDB and scotty give, restated as data."""

from pathlib import Path

import pytest

from tests.vectors.compare import agrees
from tests.vectors.kinds import KINDS
from tsdbserver.errors import TsdbError

HERE = Path(__file__).parent
DECISIONS = HERE.parent.parent / "docs" / "decisions"


def deliberate_differences():
    """{vector: (decision, reason)} of the vectors that we answer otherwise on purpose; `_` stands for a blank."""
    lines = (HERE / "differences.txt").read_text().splitlines()
    fields = [line.split(maxsplit=2) for line in lines if line and not line.startswith("#")]
    return {name: (decision, reason) for name, decision, reason in fields}


DIFFERENCES = deliberate_differences()


def test_vector(vector):
    failure = why_not(KINDS[vector["kind"]], vector["input"], vector["expect"])
    if difference := DIFFERENCES.get(vector["name"].replace(" ", "_")):
        assert failure, f"{vector['name']} is met now: take it out of differences.txt"
        pytest.xfail(": ".join(difference))
    if failure and (note := vector.get("note", "")).startswith("function level; over HTTP"):
        pytest.xfail(note)

    assert not failure, failure


def why_not(answer, given, expected):
    """In which way the answer is not the expected one, empty if it is."""
    try:
        got = answer(given)
    except TsdbError as error:
        return _why_not_error(error, expected)
    if "error" in expected:
        return f"an error is expected, not {got}"
    got = named_output(expected, got)
    return "" if agrees(expected, got, given.get("int") is True) else f"expected {expected}, got {got}"


def named_output(expected, got):
    """Of an answer with several outputs the one that the vector names, or the answer itself if there is none."""
    if "output" not in expected:
        return got
    return next((one for one in got["outputs"] if one["output"] == expected["output"]), got)


@pytest.mark.parametrize("named", [{"output": "b", "dps": [2]}, {"output": "a", "dps": [1]}])
def test_the_output_that_a_vector_names_is_compared(named):
    answered = {"outputs": [{"output": "a", "dps": [1]}, {"output": "b", "dps": [2]}]}

    assert not why_not(lambda _: answered, {}, named)
    assert why_not(lambda _: answered, {}, {**named, "dps": [3]})
    assert why_not(lambda _: answered, {}, {**named, "output": "c"})


def _why_not_error(error, expected):
    if "error" not in expected:
        return f"refused: {error.message} {error.details}"
    if error.status_hint not in (400, 404):
        return f"status {error.status_hint}"
    wanted = expected.get("message") or expected.get("message_contains", "")
    return "" if wanted in error.message else f"expected the message '{wanted}', got '{error.message}'"


@pytest.mark.parametrize("name, decision", [(name, decision) for name, (decision, _) in DIFFERENCES.items()])
def test_a_difference_names_its_decision(name, decision):
    assert list(DECISIONS.glob(f"{decision}-*.md")), f"{name} stands on decision {decision}, which there is not"
