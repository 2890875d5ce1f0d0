"""A query as it was asked, before any name is looked up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.time import Duration, TimeSpan

COUNTER_MAX = (1 << 63) - 1
"""Where a counter wraps whose maximum nobody gave."""


@dataclass(frozen=True, slots=True)
class FilterSpec:
    """A tag filter by the names of its type and tag key; `group_by` keeps the key's values apart.

    `alias` is what an answer calls the type where OpenTSDB has another name for it: a bare `web*` ignores case and is
    still called a wildcard.

    `text` is the tag value that the filter was read from if it may also be a value that somebody stored: `ok(200)`.
    With a `fault`, which says why, it can be read as nothing else.
    """

    type: str
    tag_key: str
    expression: str
    group_by: bool = False
    alias: str = ""
    text: str = ""
    fault: str = ""

    @property
    def shown_type(self) -> str:
        """The type as an answer names it."""
        return self.alias or self.type


@dataclass(frozen=True, slots=True)
class Downsample:
    """`10s-avg-nan`: slots of `interval` ms, None for one slot over the whole span (`0all`).

    `step` is the same interval in its unit. With `calendar` (`1dc`) the slots are `step` long by the query's time zone
    and `interval` is only their nominal length; `steady` ones do not depend on where a query begins (`model.calendar`).
    """

    interval: int | None
    function: str
    fill: FillPolicy = FillPolicy.NONE
    step: Duration | None = None
    calendar: bool = False
    steady: bool = False

    @classmethod
    def parse(cls, text: str) -> "Downsample":
        """Read OpenTSDB's `interval-function[-fill]`; BadQuery says what is wrong."""
        parts = text.rstrip("-").split("-")
        if len(parts) < 2:
            raise BadQuery(f"Invalid downsampling specifier '{text}': must provide at least interval and function")
        if len(parts) > 3:
            raise BadQuery(
                f"Invalid downsampling specifier '{text}': must consist of interval, function, and optional fill policy"
            )
        if parts[1] == "none":
            raise BadQuery("cannot use the NONE aggregator for downsampling")
        fill = _fill_policy(parts[2]) if len(parts) == 3 else FillPolicy.NONE
        interval = parts[0].removesuffix("c")
        step = None if interval.lower().endswith("all") else Duration.parse(interval)
        return cls(step.ms if step else None, parts[1], fill, step, step is not None and interval != parts[0])

    def __str__(self) -> str:
        width = "0all" if self.interval is None else str(self.step or Duration(self.interval, "ms"))
        fill = "" if self.fill is FillPolicy.NONE else f"-{self.fill.value}"
        return f"{width}{'c' if self.calendar else ''}-{self.function}{fill}"


def _fill_policy(text: str) -> FillPolicy:
    try:
        return FillPolicy(text.lower())
    except ValueError:
        raise BadQuery(f"Unrecognized fill policy: {text}") from None


@dataclass(frozen=True, slots=True)
class Rate:
    """Changes per second in the place of values.

    A `counter` never falls: where it seems to, it has wrapped at `counter_max`, or, with `drop_resets`, begun anew. A
    rate across a wrap that is above `reset_value` (if that is above 0) is taken for a restart and counts as 0.
    """

    counter: bool = False
    counter_max: float = COUNTER_MAX
    reset_value: float = 0
    drop_resets: bool = False


@dataclass(frozen=True, slots=True)
class SubQuery:
    """One question: aggregate `metric` over the series that all `filters` match.

    `tsuids`, if there are any, name the series in the place of metric and filters. `explicit_tags` wants series with no
    other tag keys than the filters'. `percentiles` (ascending, 0 to 100) and `show_histogram_buckets` are meant for
    histograms. No slot is narrower than `resolution` ms; without a downsample that is so for samples.
    """

    aggregator: str
    metric: str
    downsample: Downsample | None = None
    filters: Sequence[FilterSpec] = ()
    explicit_tags: bool = False
    rate: Rate | None = None
    tsuids: tuple[str, ...] = ()
    percentiles: tuple[float, ...] = ()
    show_histogram_buckets: bool = False
    resolution: int = 1

    @property
    def slots(self) -> Downsample | None:
        """The downsample, with slots that are no narrower than the resolution."""
        asked = self.downsample
        if asked is None or asked.interval is None or asked.interval >= self.resolution:
            return asked
        return replace(asked, interval=self.resolution, step=Duration(self.resolution, "ms"))

    @property
    def fill(self) -> FillPolicy:
        """What a slot without a value means: none unless the downsample says otherwise."""
        return self.downsample.fill if self.downsample else FillPolicy.NONE


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer shows, and how.

    `ms_resolution` and `arrays` say how times and points are written. `query`, `tsuids` and `stats` join every result:
    its question, the ids of its series, what it cost; `summary` is an element of its own at the end. `annotations` of a
    result's series are shown unless they are unwanted, `global_annotations` if they are wanted.
    """

    ms_resolution: bool = False
    arrays: bool = False
    query: bool = False
    tsuids: bool = False
    stats: bool = False
    summary: bool = False
    annotations: bool = True
    global_annotations: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Questions over one span, no two of them the same.

    `timezone` is where calendar buckets begin, `profile` the mount at which it was asked. `asked` are the questions as
    they stood in the request, where some of them were the same.
    """

    span: TimeSpan
    sub_queries: Sequence[SubQuery]
    shown: Shown = Shown()
    timezone: tzinfo = UTC
    profile: Profile = FAITHFUL
    asked: Sequence[SubQuery] = ()

    def index(self, sub_query: SubQuery) -> int:
        """The number under which a client knows a question."""
        numbered = self.asked if self.asked and self.profile.numbers_as_asked else self.sub_queries
        return numbered.index(sub_query)
