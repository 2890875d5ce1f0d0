"""`/api/histogram` body → histograms, each good or with the reason why not; OpenTSDB's rules and words.

    {"metric": "req.latency", "timestamp": 1356998400, "tags": {"host": "web01"},
     "buckets": {"0,1.75": 12, "1.75,3.5": 16}, "underflow": 0, "overflow": 2}

or, in the place of buckets, `"id": 42, "value": "…"` with the base64 of `histogram_bytes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aggregators.histogram.histogram import Bounds, Histogram
from tsdbserver.errors import BadPoint
from tsdbserver.java.hash_map import java_map
from tsdbserver.java.numbers import NotANumber
from tsdbserver.model.data_point import HistogramPoint
from tsdbserver.model.refusal import HISTOGRAM, TIMESTAMP
from tsdbserver.model.time import MAX_TIMESTAMP_MS
from tsdbserver.wire.lenient_json import as_long, unparsable
from tsdbserver.wire.points.histogram_bytes import DECODER_ID, decode_base64, encode, signed_bytes
from tsdbserver.wire.points.histogram_rules import checked_histogram, parse_bound
from tsdbserver.wire.points.put_json import Incoming
from tsdbserver.wire.points.rules import PointRules, checked_series, to_ms

_IDS = range(256)
_INT32 = range(-(1 << 31), 1 << 31)


@dataclass(frozen=True, slots=True)
class IncomingHistogram:
    """A histogram as it was sent: `incoming.value` is base64, or absent where there are buckets."""

    incoming: Incoming
    id: int
    buckets: dict[str, int] | None
    underflow: int
    overflow: int

    @classmethod
    def read(cls, sent: dict[str, Any]) -> "IncomingHistogram":
        """The fields of a JSON object; BadRequest if one cannot be of its type."""
        decoder = as_long("id", sent.get("id"))
        if decoder not in _INT32:
            raise unparsable(f"id: {decoder} is no integer of 32 bits")
        outside = (as_long(name, sent.get(name)) for name in ("underflow", "overflow"))
        return cls(Incoming.read(sent), decoder, _counts(sent.get("buckets")), *outside)

    def echo(self) -> dict[str, object]:
        """The histogram as `details` repeat it."""
        own = {"id": self.id, "buckets": self.buckets, "underflow": self.underflow, "overflow": self.overflow}
        return self.incoming.echo() | {name: value for name, value in own.items() if value is not None}

    def data_point(self, rules: PointRules) -> HistogramPoint:
        """The histogram of a series; BadPoint names the first rule that it breaks."""
        self.incoming.check_presence(needs_value=False)
        metric, timestamp = self.incoming.metric or "", self.incoming.timestamp
        return histogram_point(metric, timestamp, self._histogram(), self.incoming.tags or {}, rules)

    def _histogram(self) -> Histogram:
        if self.incoming.value:
            return decoded_value(self.id, self.incoming.value)
        if not self.buckets:
            raise BadPoint("Histogram buckets cannot be null or empty if 'value' is empty.", HISTOGRAM)
        bounds = {_bounds(name): count for name, count in self.buckets.items()}
        return checked_histogram(bounds, self.underflow, self.overflow)


def decoded_value(decoder: int, value: str) -> Histogram:
    """The histogram of an encoded value; BadPoint for a decoder that there is not, or a value that it cannot read."""
    if decoder not in _IDS:
        raise BadPoint("Invalid type. Must be from 0 to 255.", HISTOGRAM)
    if decoder != DECODER_ID:
        raise BadPoint(f"No codec found mapped to ID {decoder}", HISTOGRAM)
    return decode_base64(value)


def histogram_point(
    metric: str, stamp: int, histogram: Histogram, tags: Mapping[str, str | None], rules: PointRules
) -> HistogramPoint:
    """The histogram of the series of these parts: `stamp` as it was sent, positive. BadPoint names the first rule that
    it breaks.
    """
    if stamp > MAX_TIMESTAMP_MS:
        stored = signed_bytes(bytes([DECODER_ID]) + encode(histogram))
        raise BadPoint(
            f"bad timestamp={stamp} when trying to add value={stored}/0 to metric={metric}, tags={java_map(tags)}",
            TIMESTAMP,
        )
    return HistogramPoint(checked_series(metric, tags, rules), to_ms(stamp), histogram)


def _counts(sent: object) -> dict[str, int] | None:
    if sent is None:
        return None
    if not isinstance(sent, dict):
        raise unparsable("buckets: an object was expected")
    return {name: as_long(name, count) for name, count in sent.items()}


def _bounds(name: str) -> Bounds:
    pieces = name.split(",")
    if len(pieces) != 2:
        raise BadPoint(f"Unable to parse bucket bounds: {name}", HISTOGRAM)
    try:
        return parse_bound(pieces[0]), parse_bound(pieces[1])
    except NotANumber:
        raise BadPoint("Unable to parse value to a number", HISTOGRAM) from None
