"""The ruler of the end-to-end tests: how far an answer stands from the rank it should have."""

import math

import pytest

from tsdbserver.demo.exact import Truth

TENS = Truth.of([30, 10, 0, 20, 40])


@pytest.mark.parametrize(
    "answer, error",
    [
        (20, 0),
        (22.5, 0.0625),
        (10, 0.25),
        (40, 0.5),
    ],
)
def test_error_is_the_distance_in_ranks(answer: float, error: float) -> None:
    assert TENS.rank_error(answer, 0.5) == pytest.approx(error)


def test_a_value_that_occurs_often_stands_at_all_its_ranks() -> None:
    truth = Truth.of([1, 5, 5, 5, 5, 5, 9])

    assert truth.rank_error(5, 0.5) == 0
    assert truth.rank_error(5, 0.2) == 0
    assert truth.rank_error(5, 1.0) == pytest.approx(1 / 6)


@pytest.mark.parametrize("answer", [-1, 41])
def test_an_answer_outside_the_samples_is_infinitely_wrong(answer: float) -> None:
    assert math.isinf(TENS.rank_error(answer, 0.5))


def test_numpys_own_quantiles_have_no_error() -> None:
    truth = Truth.of(range(1, 1000, 7))

    for q in (0, 0.01, 0.5, 0.95, 0.999, 1):
        assert truth.rank_error(truth.quantile(q), q) == pytest.approx(0, abs=1e-12)


def test_a_single_sample_is_every_quantile() -> None:
    assert Truth.of([7]).rank_error(7, 0.99) == 0
