import pytest

from tests.bench import bench_kernels


@pytest.mark.bench
def test_kernels():
    bench_kernels.main()
