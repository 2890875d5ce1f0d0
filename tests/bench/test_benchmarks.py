"""`make bench` runs these; they measure, and assert nothing about time. Run `bench_k6` by hand, on a quiet machine."""

import pytest

from tests.bench import (
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
