"""How far named percentiles are off, in rank and in value: `python -m tests.bench.bench_accuracy`.

docs/digests.md has the tables. The first is of this digest alone, by family, compression and number of samples; the
second sets other digests and sketches beside it, on the same samples (`pip install .[test,bench]`).
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from aggregators import Digests, compress, fold, quantile
from aggregators.digest.compression import COMPRESSION
from tests.bench.families import FAMILIES, NAMED, Draw, Off, measure

SIZES = (300, 600, 1_000, 5_000, 20_000, 100_000)
PARTS = 6


def one_digest(values: np.ndarray, compression: float) -> Digests:
    return fold(np.zeros(len(values), np.intp), values, 1, compression)


def read_together(values: np.ndarray, compression: float) -> Digests:
    """As many digests side by side, as a query finds them."""
    return fold(np.arange(len(values)) % PARTS, values, PARTS, compression)


def merge(values: np.ndarray, compression: float) -> Digests:
    """As many digests made one, as the store does after an interval's end."""
    return compress(read_together(values, compression), np.zeros(PARTS, np.intp), 1, compression)


WAYS: dict[str, Callable[..., Digests]] = {
    "one digest": one_digest,
    f"{PARTS} read together": read_together,
    f"{PARTS} merged": merge,
}


def errors(draw: Draw, size: int, seeds: int, build: Callable[[np.ndarray], Digests]) -> Off:
    """The errors [seed, quantile] of the named percentiles."""
    found = []
    for seed in range(seeds):
        values = draw(np.random.default_rng([seed, size]), size)
        digests = build(values)
        keys = np.zeros(len(digests), np.intp)
        answers = np.array([quantile(digests, keys, 1, q)[0] for q in NAMED])
        found.append(measure(answers, np.sort(values)))
    return joined(found)


def joined(found: Sequence[Off]) -> Off:
    return Off(*(np.array(column) for column in zip(*found, strict=True)))


def summary(off: Off) -> str:
    """The worst rank, and the median and the worst of the data sets' worst values that are not excused."""
    value = np.where(off.excused, 0, off.value).max(axis=-1)
    return f"{100 * off.rank.max():4.2f} | {100 * np.median(value):4.1f} | {100 * value.max():5.1f}"


def print_own(compression: float, sizes: Sequence[int], seeds: int) -> None:
    print(f"\nδ = {compression:g}: rank | median | worst value, in points and percent, for {', '.join(WAYS)}")
    for name, draw in FAMILIES.items():
        for size in sizes:
            columns = [errors(draw, size, seeds, partial(build, compression=compression)) for build in WAYS.values()]
            print(f"| {name} | {size:,} |", " | ".join(map(summary, columns)), "|", flush=True)


def print_others(size: int, seeds: int) -> None:
    from tests.bench.sketches import SKETCHES

    print(f"\n{size:,} samples: bytes, then for each family rank | worst value")
    print("| |", " | ".join(["bytes", *FAMILIES]), "|")
    for name, summarise in SKETCHES.items():
        cells, sizes = [], []
        for draw in FAMILIES.values():
            found = []
            for seed in range(seeds):
                values = draw(np.random.default_rng([seed, size]), size)
                answers, length = summarise(values, NAMED)
                found.append(measure(np.array(answers), np.sort(values)))
                sizes.append(length)
            off = joined(found)
            worst = np.where(off.excused, 0, off.value).max()
            cells.append(f"{100 * off.rank.max():.2f} / {100 * worst:.1f} %")
        print(f"| {name} | {np.mean(sizes):,.0f} |", " | ".join(cells), "|", flush=True)


def main(compression: float, seeds: int, sizes: Sequence[int], own: bool, others: bool) -> None:
    if own:
        print_own(compression, sizes, seeds)
    if others:
        print_others(5_000, min(seeds, 5))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compression", type=float, default=COMPRESSION)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--own", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--others", action=argparse.BooleanOptionalAction, default=True)
    main(**vars(parser.parse_args()))
