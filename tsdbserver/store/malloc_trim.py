"""Gives memory back to the system that the C library keeps for later.

Arrays of some megabytes come and go while points are put in order and plans run. What lies between longer-lived pieces
is free and still counts as the process' memory: after a load of 3.7 million points it was a third of it. glibc gives it
back when it is asked (`malloc_trim(3)`), in about a millisecond; other C libraries do so by themselves, or not at all.
"""

import ctypes
from collections.abc import Callable


def trimmer(library: ctypes.CDLL | None = None) -> Callable[[], None]:
    """What to call now and then; it does nothing where the C library has no such function."""
    try:
        trim = (library or ctypes.CDLL(None)).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library; Windows has no CDLL of None
        return lambda: None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return lambda: trim(0)
