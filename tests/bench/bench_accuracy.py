"""How far percentiles are off in rank: `python -m tests.bench.bench_accuracy`; docs/digests.md has the table.

Lognormal samples of twenty seeds; the worst error as a share of the samples, first of any quantile (all thousandths
from 0.001 to 0.999), then of the percentiles that have names.
"""

from functools import partial

import numpy as np

from aggregators import Digests, compress, fold, quantile

QUANTILES = np.arange(1, 1000) / 1000
NAMED = np.isin(QUANTILES, (0.5, 0.75, 0.9, 0.95, 0.99, 0.999))
SIZES = (100, 300, 1_000, 5_000, 100_000)
SEEDS = range(20)
PARTS = 8


def one_digest(values: np.ndarray) -> Digests:
    return fold(np.zeros(len(values), np.intp), values, 1)


def read_together(values: np.ndarray) -> Digests:
    """As many digests side by side, as a query finds them."""
    return fold(np.arange(len(values)) % PARTS, values, PARTS)


def merged(values: np.ndarray) -> Digests:
    """As many digests made one, as the store does after an interval's end."""
    return compress(read_together(values), np.zeros(PARTS, np.intp), 1)


def worst_rank_errors(build, size: int) -> np.ndarray:
    """By quantile."""
    errors = [rank_errors(build, np.random.default_rng(seed).lognormal(3, 1, size)) for seed in SEEDS]
    worst: np.ndarray = np.max(errors, axis=0)
    return worst


def rank_errors(build, values: np.ndarray) -> np.ndarray:
    """The distances of the answers' ranks among the samples from the ranks that were asked for."""
    digests, ordered = build(values), np.sort(values)
    read = partial(quantile, digests, np.zeros(len(digests.count), np.intp), 1)
    answers = np.array([read(q)[0] for q in QUANTILES])
    ranks = np.interp(answers, ordered, np.arange(len(ordered)) / (len(ordered) - 1))
    errors: np.ndarray = np.abs(ranks - QUANTILES)
    return errors


def main() -> None:
    print(f"{'samples':>8} {'one digest':>19} {f'{PARTS} together':>19} {f'{PARTS} merged':>19}")
    for size in SIZES:
        errors = [worst_rank_errors(build, size) for build in (one_digest, read_together, merged)]
        print(f"{size:8,}", *(f"{100 * by_q.max():9.2f} % {100 * by_q[NAMED].max():5.2f} %" for by_q in errors))


if __name__ == "__main__":
    main()
