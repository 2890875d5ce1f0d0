"""Families of samples on which a summary may go wrong, and how far an answer is off."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Draw = Callable[[np.random.Generator, int], np.ndarray]

NAMED = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
OUTERMOST = (0.99, 0.999)
POINTS = 0.003
"""0.3 points of rank: how far a percentile may be off."""


def modes(*parts: tuple[float, float, float]) -> Draw:
    """Lognormal modes: the share of the samples, the median and the deviation of the logarithm of each."""
    shares, medians, deviations = map(np.array, zip(*parts, strict=True))

    def draw(random: np.random.Generator, n: int) -> np.ndarray:
        chosen = random.choice(len(parts), n, p=shares)
        values: np.ndarray = medians[chosen] * np.exp(deviations[chosen] * random.normal(size=n))
        return values

    return draw


def either(share: float, one: Draw, other: Draw) -> Draw:
    """This share of the samples from the one, the rest from the other."""
    return lambda random, n: np.where(random.random(n) < share, one(random, n), other(random, n))


TWO_MODES = modes((0.95, 30, 0.3), (0.05, 300, 0.3))

FAMILIES: dict[str, Draw] = {
    "smooth": lambda random, n: random.lognormal(3, 1, n),
    "two modes": TWO_MODES,
    "three modes": modes((0.75, 10, 0.2), (0.2, 100, 0.2), (0.05, 1000, 0.2)),
    "discrete": lambda random, n: np.round(random.lognormal(3, 1, n)),
    "discrete and a gap": either(
        0.05, lambda random, n: np.round(random.lognormal(6.9, 0.3, n)), lambda r, n: np.round(r.lognormal(3, 0.6, n))
    ),
    "heavy tail": lambda random, n: 1 + random.pareto(1.2, n),
    "negative": lambda random, n: -TWO_MODES(random, n),
    "around zero": lambda random, n: random.normal(0, 1, n),
    "modes around zero": either(0.5, lambda r, n: r.normal(-5, 0.3, n), lambda r, n: r.normal(5, 0.3, n)),
}


class Off(NamedTuple):
    """How far answers are off: in rank, as a share of the samples, and in value, relative to the larger of the exact
    value and the interquartile range. At the outermost quantiles the value may lie anywhere between the exact values
    `POINTS` of rank away: it is `excused` then."""

    rank: np.ndarray
    value: np.ndarray
    excused: np.ndarray


def measure(answers: np.ndarray, ordered: np.ndarray, quantiles: tuple[float, ...] = NAMED) -> Off:
    """The errors of the answers to these quantiles of ascending samples."""
    n, q = len(ordered), np.array(quantiles)
    first, end = np.searchsorted(ordered, answers), np.searchsorted(ordered, answers, "right")
    wanted = q * (n - 1)
    between = np.interp(answers, ordered, np.arange(n))
    rank = np.where(first < end, np.clip(wanted, first, end - 1), between)
    exact = np.quantile(ordered, q)
    scale = np.maximum(np.abs(exact), np.subtract(*np.quantile(ordered, [0.75, 0.25])))
    low, high = np.quantile(ordered, np.maximum(q - POINTS, 0)), np.quantile(ordered, np.minimum(q + POINTS, 1))
    excused = np.isin(q, OUTERMOST) & (low <= answers) & (answers <= high)
    return Off(np.abs(rank - wanted) / n, np.abs(answers - exact) / np.maximum(scale, 1e-300), excused)
