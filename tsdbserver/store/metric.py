"""A metric of the ring store: its series by row, and the ring that holds their points."""

from dataclasses import dataclass

from aggregators.digest.compression import COMPRESSION
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.time import HOUR_MS
from tsdbserver.model.uid import NameKind
from tsdbserver.store.digest_ring import DigestRing
from tsdbserver.store.histogram_ring import HistogramRing
from tsdbserver.store.numbers.interval_rings import IntervalRings
from tsdbserver.store.numbers.ring import NumberRing
from tsdbserver.store.tags.tag_index import TagIndex


@dataclass(frozen=True, slots=True)
class RingLimits:
    """How long the rings are, in time, and how many series there may be, and names without any.

    A ring has a slot for each interval of `retention` (ms), a ring of plain points one for each `resolution` (ms) of
    it. `compression` bounds the digests that merge when an interval is over.
    """

    retention: int = 6 * HOUR_MS
    resolution: int = 1_000
    series: int = 200_000
    assigned_names: int = 100_000
    compression: float = COMPRESSION

    def slots(self, interval: int) -> int:
        """The length of a ring whose senders report every `interval` ms; 0 for points that come when they like."""
        return max(1, self.retention // (interval or self.resolution))


DEFAULT_LIMITS = RingLimits()


class Metric:
    """One metric: its series by row, and their ring."""

    def __init__(self, number: int, name: str, kind: MetricKind, interval: int, limits: RingLimits) -> None:
        self.number = number
        self.info = MetricInfo(name, kind)
        self.index = TagIndex()
        self.handles: dict[int, int] = {}  # by row, of the series that were ever appended to
        slots = limits.slots(interval)
        self.numbers = _numbers(kind, limits)
        self.digests = DigestRing(slots, limits.compression) if kind is MetricKind.DISTRIBUTION else None
        self.histograms = HistogramRing(slots, limits.resolution) if kind is MetricKind.HISTOGRAM else None

    def rename(self, kind: NameKind, name: str, old: str, new: str) -> None:
        """Take part in a renaming; `name` is now the metric's own."""
        match kind:
            case NameKind.METRIC:
                self.info = MetricInfo(name, self.info.kind)
            case NameKind.TAG_KEY:
                self.index.rename_key(old, new)
            case NameKind.TAG_VALUE:
                self.index.rename_value(old, new)

    @property
    def ring(self) -> NumberRing | IntervalRings | DigestRing | HistogramRing:
        ring = self.numbers or self.digests or self.histograms
        assert ring is not None
        return ring


def _numbers(kind: MetricKind, limits: RingLimits) -> NumberRing | IntervalRings | None:
    if kind is MetricKind.POINT:
        return NumberRing(kind, limits.slots(0))
    return IntervalRings(kind, limits.slots) if kind.is_scalar else None
