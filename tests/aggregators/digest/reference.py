"""docs/digests.md once more, sample by sample in plain Python: slow, and with nothing in common with the kernels."""

import math
import sys
from itertools import pairwise

DELTA = 100


def quantile(centroids, low, high, q):
    """Read a quantile off (mean, weight) pairs in any order."""
    centroids = sorted(centroids)
    if not centroids:
        return math.nan
    n = sum(weight for _, weight in centroids)
    target = q * (n - 1)
    left_rank, left_value, before = 0.0, low, 0
    for mean, weight, members in joined(centroids):
        inset = 0 if members > 1 else (weight - 1) / 2
        first, last = before + inset, before + weight - 1 - inset
        if target <= last:
            return clamp(between(left_rank, left_value, first, mean, target), low, high)
        left_rank, left_value, before = last, mean, before + weight
    return clamp(between(left_rank, left_value, n - 1, high, target), low, high)


def between(left_rank, left_value, right_rank, right_value, rank):
    if rank >= right_rank:
        return right_value
    return left_value + (right_value - left_value) * (rank - left_rank) / (right_rank - left_rank)


def clamp(value, low, high):
    return max(low, min(value, high))


def joined(centroids):
    """(mean, weight, members) of the runs of equal means."""
    runs: list[list] = []
    for mean, weight in centroids:
        if runs and runs[-1][0] == mean:
            runs[-1][1] += weight
            runs[-1][2] += 1
        else:
            runs.append([mean, weight, 1])
    return runs


def compressed(centroids, delta=DELTA):
    """The (mean, weight) pairs that any number of pairs are compressed to."""
    runs = [(mean, weight, members > 1 or weight == 1) for mean, weight, members in joined(sorted(centroids))]
    if len(write(runs)) > 2 * delta:
        runs = clustered(runs, delta)
    return write(runs)


def clustered(runs, delta):
    """Gaps of 3 % and more stay open, or as many of the largest as there is room for."""
    gaps, gap = measured(runs), 31457
    clusters = merged(runs, gaps, gap, delta)
    bare = len(write(merged(runs, gaps, math.inf, delta)))
    while len(write(clusters)) > max(2 * delta, bare + delta / 4):
        gap += gap // 2
        clusters = merged(runs, gaps, gap, delta)
    return clusters


def measured(runs):
    """The gap before each run, in units of 2**-20."""
    means = [mean for mean, weight, _ in runs for _ in range(weight)]
    quarter = len(means) // 4
    middle = min(means[len(means) - 1 - quarter] - means[quarter], sys.float_info.max)
    gaps = [0]
    for (low, _, _), (high, _, _) in pairwise(runs):
        gaps.append(int(min((high - low) / max(abs(low), abs(high), middle), 2) * 2**20))
    return gaps


def merged(runs, gaps, gap, delta):
    n = float(sum(weight for _, weight, _ in runs))
    wide = [own > gap for own in gaps] + [False]
    alone = [before or behind for before, behind in pairwise(wide)]
    clusters, left, span = [runs[0]], 0.0, 0
    for i, (mean, weight, pure) in enumerate(runs[1:], 1):
        own_mean, own_weight, _ = clusters[-1]
        p, span = float(own_weight + weight), span + gaps[i]
        light = p * delta <= n and p * delta * n <= 24 * min(left * (n - left), (left + p) * (n - left - p))
        if light and span <= 2 * gap and not alone[i] and not alone[i - 1]:
            clusters[-1] = (own_mean + (mean - own_mean) * weight / p, own_weight + weight, False)
        else:
            left, span = left + own_weight, 0
            clusters.append((mean, weight, pure))
    return clusters


def write(runs):
    return [pair for run in runs for pair in written(*run)]


def written(mean, weight, pure):
    if not pure or weight == 1:
        return [(mean, weight)]
    return [(mean, 1), (mean, weight - 2), (mean, 1)] if weight > 2 else [(mean, 1), (mean, 1)]


def folded(values, delta=DELTA):
    """The (mean, weight) pairs of samples added one by one."""
    kept: list[tuple] = []
    buffer: list[tuple] = []
    for value in values:
        buffer.append((value + 0.0, 1))
        if len(buffer) == 5 * delta:
            kept, buffer = compressed(kept + buffer, delta), []
    return compressed(kept + buffer, delta) if buffer else kept
