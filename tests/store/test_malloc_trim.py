"""Free memory goes back to the system, where the C library can be asked for it."""

import platform
from pathlib import Path

import numpy as np
import pytest

from tsdbserver.store.malloc_trim import trimmer

glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")


def resident() -> int:
    """This process' memory in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


@glibc_only
def test_what_is_free_between_what_is_not_is_given_back():
    pieces = [np.ones(12_000) for _ in range(400)]  # 96 kB each: not large enough for pages of their own
    kept = pieces[::20]
    before = resident()
    del pieces
    trimmer()()

    assert before - resident() > 20 * 1024 * 1024
    assert all(piece.all() for piece in kept)


def test_another_c_library_is_left_alone():
    class Other:
        pass

    trimmer(Other())()  # type: ignore[arg-type]
