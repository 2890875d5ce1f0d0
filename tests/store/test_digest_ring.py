"""Slabs of digests: what is read is what was written, merged or not, as far as the ring reaches."""

import numpy as np
import pytest

from aggregators import fold, quantile
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.digest_ring import DigestRing, gather

EVERYTHING = TimeSpan(-(1 << 60), 1 << 60)
IV = 10


def ring(capacity=100):
    return DigestRing(capacity, compression=200.0)


def write(target, start, samples_by_row):
    rows = np.array(list(samples_by_row), np.intp)
    cells = np.repeat(np.arange(len(rows)), [len(samples) for samples in samples_by_row.values()])
    values = np.concatenate([np.array(samples, float) for samples in samples_by_row.values()])
    return target.write(rows, start, IV, fold(cells, values, len(rows)))


def compact(target, before=1 << 60):
    for start in target.crowded(before):
        slab = target.snapshot(start)
        target.replace(slab, target.merged(slab))


def read(target, rows, span=EVERYTHING, row_count=10):
    """{(row, start): (digests, samples, sum)}."""
    columns = gather(target.slabs(span), np.array(rows, np.intp), row_count)
    found: dict[tuple[int, int], tuple[int, int, float]] = {}
    for i, (time, position) in enumerate(zip(columns.times.tolist(), columns.series.tolist(), strict=True)):
        n, count, total = found.get((rows[position], time), (0, 0, 0.0))
        found[rows[position], time] = (n + 1, count + int(columns.digests.count[i]), total + columns.digests.sum[i])
    return found


def test_rows_and_intervals_come_back():
    target = ring()
    write(target, 20, {0: [1, 2], 3: [5]})
    write(target, 10, {3: [7]})

    assert read(target, [0, 3]) == {(0, 20): (1, 2, 3.0), (3, 20): (1, 1, 5.0), (3, 10): (1, 1, 7.0)}
    assert read(target, [3], TimeSpan(11, 20)) == {(3, 20): (1, 1, 5.0)}


def test_compacting_leaves_one_digest_a_row_with_all_its_samples():
    target = ring()
    write(target, 10, {0: [1, 2], 3: [5]})
    write(target, 10, {3: [7, 8], 1: [9]})
    compact(target)

    assert read(target, [0, 1, 3]) == {(0, 10): (1, 2, 3.0), (1, 10): (1, 1, 9.0), (3, 10): (1, 3, 20.0)}
    assert target.crowded(1 << 60) == []


def test_an_interval_is_left_alone_until_it_is_over():
    target = ring()
    write(target, 10, {0: [1]})

    assert target.crowded(before=19) == []
    assert target.crowded(before=20) == [(10, IV)]


def test_what_comes_while_an_interval_is_being_merged_is_not_lost():
    target = ring()
    write(target, 10, {0: [1]})
    write(target, 10, {0: [2]})
    slab = target.snapshot((10, IV))
    write(target, 10, {0: [3]})
    target.replace(slab, target.merged(slab))

    assert read(target, [0])[0, 10][1:] == (3, 6.0)
    assert target.crowded(1 << 60) == [(10, IV)]


def test_merging_keeps_few_samples_exact():
    target = ring()
    random = np.random.default_rng(1)
    parts = [random.lognormal(3, 1, 40) for _ in range(3)]
    for part in parts:
        write(target, 10, {0: part})
    compact(target)
    columns = gather(target.slabs(EVERYTHING), np.array([0]), 1)

    for q in (0.5, 0.9, 0.99):
        got = quantile(columns.digests, np.zeros(len(columns.times), np.intp), 1, q)
        assert got == pytest.approx(np.quantile(np.concatenate(parts), q))


def test_more_samples_than_a_weight_can_count_stay_apart_and_stop_nothing():
    target = ring()
    for _ in range(2):
        digests = fold(np.zeros(3, np.intp), np.array([1.0, 1, 1]), 1)
        digests.weights[1] = 0xFFFFFFFF
        target.write(np.array([0]), 10, IV, digests)
    write(target, 20, {0: [1]})
    write(target, 20, {0: [2]})
    compact(target)

    assert read(target, [0])[0, 10][0] == 2
    assert read(target, [0])[0, 20] == (1, 2, 3.0)


def test_a_full_ring_drops_its_oldest_interval_and_counts_its_digests():
    target = ring(capacity=2)
    write(target, 10, {0: [1], 1: [1]})
    write(target, 20, {0: [1]})
    write(target, 30, {0: [1]})

    assert {start for _, start in read(target, [0, 1])} == {20, 30}
    assert target.overwritten == 2


def test_an_interval_older_than_a_full_ring_is_refused():
    target = ring(capacity=1)

    assert write(target, 20, {0: [1]})
    assert not write(target, 10, {0: [1]})
    assert write(target, 20, {0: [2]})
    assert read(target, [0]) == {(0, 20): (2, 2, 3.0)}


def test_intervals_of_several_widths_that_begin_together_are_kept_apart():
    target = ring()
    for width in (10, 1, 10):
        digests = fold(np.zeros(2, np.intp), np.array([1.0, 2.0]), 1)
        assert target.write(np.array([0]), 10, width, digests)
    compact(target)
    columns = gather(target.slabs(EVERYTHING), np.array([0]), 1)

    assert list(zip(columns.times.tolist(), columns.widths.tolist(), strict=True)) == [(10, 1), (10, 10)]
    assert (*target.reach(25),) == (20, 10, 1, 20, 10)


def test_the_reach_is_that_of_what_is_still_held():
    target = ring(capacity=2)
    assert target.reach(1_000) == (0, 0, 0, 0, 0)
    digests = fold(np.zeros(1, np.intp), np.ones(1), 1)
    for start, width in ((0, 600), (100, 10), (110, 20), (900, 5)):
        assert target.write(np.array([0]), start, width, digests)

    assert target.reach(1_000) == (905, 20, 5, 905, 5)
    assert target.reach(904) == (905, 20, 5, 130, 20)
    assert target.reach(129) == (905, 20, 5, 0, 0)
