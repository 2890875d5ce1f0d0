"""Histograms as digests: every sample stands in the middle of its bucket."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregators import compress, quantile
from aggregators.digest.centroids import MAX_WEIGHT
from aggregators.histogram.histogram import Histogram
from aggregators.histogram.packed import Histograms
from aggregators.histogram.to_digests import as_digests, merged_digests


def samples_of(histogram):
    """What the samples are read as, ascending. Without a bound nothing is known of what lies outside."""
    values = [
        float(np.float32((low + high) / 2))
        for (low, high), count in zip(histogram.bounds, histogram.counts, strict=True)
        for _ in range(count)
    ]
    if histogram.bounds:
        values += [histogram.bounds[0][0]] * histogram.underflow
        values += [max(high for _, high in histogram.bounds)] * histogram.overflow
    return sorted(values)


def test_a_histogram_is_a_digest_of_its_midpoints():
    digests = as_digests(Histograms.pack([Histogram.of({(0.0, 2.0): 3, (2.0, 4.0): 1, (4.0, 6.0): 0}, 2, 1)]))

    assert digests.count.tolist() == [7]
    assert digests.sum.tolist() == [2 * 0.0 + 3 * 1.0 + 3.0 + 6.0]
    assert (digests.min.tolist(), digests.max.tolist()) == ([0.0], [6.0])
    assert digests.means.tolist() == [0.0, 0.0, 1.0, 1.0, 3.0, 6.0]
    assert digests.weights.tolist() == [1, 1, 2, 1, 1, 1]


def test_more_samples_than_a_centroid_may_stand_for():
    digests = as_digests(Histograms.pack([Histogram.of({(0.0, 2.0): 2 * MAX_WEIGHT + 10, (2.0, 4.0): 5})]))

    assert digests.weights.tolist() == [MAX_WEIGHT, MAX_WEIGHT, 9, 1, 4, 1]
    assert quantile(digests, np.zeros(1, np.intp), 1, 0.5).tolist() == [1.0]


counts = st.integers(0, 5)
bounds = st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from([0.5, 1.0, 3.0, 10.1]))
histograms = st.builds(Histogram.of, st.dictionaries(bounds, counts, max_size=5), counts, counts)


@given(st.lists(histograms, min_size=1, max_size=6), st.floats(0, 1))
def test_quantiles_are_those_of_the_samples(given_histograms, q):
    digests = as_digests(Histograms.pack(given_histograms))
    samples = [samples_of(histogram) for histogram in given_histograms]
    everything = sorted(value for values in samples for value in values)

    assert digests.count.tolist() == [len(values) for values in samples]
    np.testing.assert_allclose(digests.sum, [sum(values) for values in samples])
    merged = quantile(digests, np.zeros(len(digests), np.intp), 1, q)
    np.testing.assert_allclose(merged, np.quantile(everything, q) if everything else np.nan)
    np.testing.assert_allclose(
        quantile(digests, np.arange(len(digests)), len(digests), q),
        [np.quantile(values, q) if values else np.nan for values in samples],
    )


@given(st.lists(st.tuples(histograms, st.integers(0, 2)), min_size=1, max_size=8), st.floats(0, 1))
def test_adding_them_up_first_is_merging_their_digests(given_histograms, q):
    column = Histograms.pack([histogram for histogram, _ in given_histograms])
    keys = np.array([key for _, key in given_histograms])
    one_by_one, by_key = as_digests(column), merged_digests(column, keys, 3, 1 << 20)

    assert by_key[1].tolist() == sorted(set(keys.tolist()))
    np.testing.assert_allclose(quantile(*by_key, 3, q), quantile(one_by_one, keys, 3, q), rtol=1e-12)
    added, merged = by_key[0].totals(by_key[1], 3), one_by_one.totals(keys, 3)
    assert (added.count.tolist(), added.min.tolist(), added.max.tolist()) == (
        merged.count.tolist(), merged.min.tolist(), merged.max.tolist(),
    )  # fmt: skip
    np.testing.assert_allclose(added.sum, merged.sum, rtol=1e-12)


@given(st.lists(histograms, min_size=1, max_size=6))
def test_merging_them_changes_nothing(given_histograms):
    digests = as_digests(Histograms.pack(given_histograms))
    together = np.zeros(len(digests), np.intp)
    merged = compress(digests, together, 1)

    for q in (0, 0.3, 0.5, 0.99, 1):
        np.testing.assert_allclose(
            quantile(merged, np.zeros(1, np.intp), 1, q), quantile(digests, together, 1, q), rtol=1e-12
        )
