"""A plan: a sub query in which every name is a value, ready to run."""

from dataclasses import dataclass

from aggregators import Aggregator, FillFunction, FillPolicy
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import Rate, SubQuery
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.planning.grid import TimeGrid
from tsdbserver.query.select.sources import HistogramParts, SampleBuckets, Samples, Source
from tsdbserver.store.interface import SeriesSet

BUCKET_TAG = "le"
"""What a result of a bucket is tagged with: at most so much. Prometheus' name for it."""
_STORED = {MetricKind.DISTRIBUTION: "digests", MetricKind.HISTOGRAM: "histograms"}
"""What a plan reads, by kind of metric, where it is not numbers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the engine runs. Nothing in it can fail for a reason that its asker could have known.

    `metric` is the name that the results bear, `answer` the span that they may show, `scan` the wider one that is read.
    `grid` is None without a downsample: slots are then the times of the stored points, and series × slots may not pass
    `most_cells`. `now` is the time (ms) of the server's clock: slots that end about then or later are open. `source`
    reads scalar points, or numbers out of digests.
    """

    sub_query: SubQuery
    metric: str
    series: SeriesSet
    group_by: tuple[str, ...]
    aggregator: Aggregator
    downsampler: Aggregator | None
    fill: FillPolicy
    rate: Rate | None
    fill_gaps: FillFunction
    answer: TimeSpan
    scan: TimeSpan
    grid: TimeGrid | None
    source: Source
    most_cells: int
    now: int

    @property
    def merges_digests(self) -> bool:
        """Whether all samples of a group and slot are read at once, rather than one number per series first."""
        match self.source:
            case Samples(of_groups=of_groups):
                return of_groups
            case source:
                return isinstance(source, SampleBuckets)

    @property
    def quantile(self) -> float | None:
        """Which quantile the results are, None if they are none: the aggregator's, which reads last, else the
        downsampler's, unless that only gives the width of the slots. Parts of histograms say it in their names.
        """
        if isinstance(self.source, HistogramParts):
            return None
        if self.aggregator.quantile is not None or self.downsampler is None or self.merges_digests:
            return self.aggregator.quantile
        return self.downsampler.quantile

    @property
    def tag_keys(self) -> frozenset[str]:
        """The keys of the tags that every result has, whichever series it stands for: those that it is grouped by, and
        the bound of a bucket.
        """
        buckets = (BUCKET_TAG,) if isinstance(self.source, SampleBuckets) else ()
        return frozenset((*self.group_by, *buckets))

    def explain(self) -> str:
        """The stages in order, one a line."""
        slots = "stored times" if self.grid is None else f"{len(self.grid)} slots"
        read = _STORED.get(self.series.metric.kind, "numbers")
        stages = [f"read {read} of {len(self.series)} series of {self.metric} in {self.scan}"]
        if isinstance(self.source, HistogramParts):
            wanted = [f"p{p:g}" for p in self.source.percentiles] + ["buckets"] * self.source.buckets
            stages.append(f"merge the histograms of each group and slot ({slots}), read {', '.join(wanted)}")
        elif self.merges_digests:
            stages.append(f"merge the digests of each group and slot ({slots}), read {self.aggregator.name}")
        else:
            if self.downsampler:
                stages.append(f"downsample each series by {self.downsampler.name} into {slots}")
            if self.rate:
                stages.append(f"take rates ({self.rate})")
            stages.append(f"fill gaps ({self.fill}), aggregate each group by {self.aggregator.name}")
        stages.insert(1, f"group by {', '.join(self.group_by) or 'nothing'}")
        stages.append(f"answer {self.answer}")
        return "\n".join(stages)
