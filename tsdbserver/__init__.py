"""An OpenTSDB-compatible time-series query server that keeps t-digests and merges them when asked."""

from importlib.metadata import version

__version__ = version("tsdbserver")
