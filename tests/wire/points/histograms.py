"""Histograms for the tests of their forms."""

from hypothesis import strategies as st

from aggregators.histogram.histogram import Histogram

bounds = st.tuples(*[st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)] * 2)
counts = st.one_of(st.integers(0, 300), st.integers(0, 1 << 32))
histograms = st.builds(Histogram.of, st.dictionaries(bounds, counts, min_size=1, max_size=8), counts, counts)
"""Of any bounds that are finite in 32 bits."""
