"""`make bench` runs these; they measure, and assert nothing about time. Run `bench_k6` by hand, on a quiet machine.

So is `bench_accuracy` with all its sizes; here it is run with few samples.
"""

import pytest

from aggregators.digest.compression import COMPRESSION
from tests.bench import (
    bench_accuracy,
    bench_engine,
    bench_expressions,
    bench_histograms,
    bench_ingest,
    bench_kernels,
    bench_put,
    bench_store,
)


@pytest.mark.bench
@pytest.mark.parametrize(
    "benchmark",
    [bench_kernels, bench_engine, bench_expressions, bench_store, bench_histograms, bench_ingest, bench_put],
    ids=lambda module: module.__name__,
)
def test_benchmark(benchmark):
    benchmark.main()


@pytest.mark.bench
def test_accuracy():
    bench_accuracy.main(COMPRESSION, seeds=3, sizes=(300, 1_000), own=True, others=True)
