"""A query as it was asked, before any name is looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.time import TimeSpan, parse_duration


@dataclass(frozen=True, slots=True)
class FilterSpec:
    """A tag filter by the names of its type and tag key; `group_by` keeps the key's values apart."""

    type: str
    tag_key: str
    expression: str
    group_by: bool = False


@dataclass(frozen=True, slots=True)
class Downsample:
    """`10s-avg-nan`: slots of `interval` ms, None for one slot over the whole span (`0all`)."""

    interval: int | None
    function: str
    fill: FillPolicy = FillPolicy.NONE

    @classmethod
    def parse(cls, text: str) -> "Downsample":
        """Read OpenTSDB's `interval-function[-fill]`; BadQuery says what is wrong."""
        parts = text.split("-")
        while len(parts) > 2 and not parts[-1]:
            parts.pop()
        if len(parts) not in (2, 3) or not all(parts):
            raise BadQuery(f"Invalid downsampling specifier '{text}': expected interval-function[-fill]")
        interval = None if parts[0].lower().endswith("all") else parse_duration(parts[0])
        return cls(interval, parts[1], _fill_policy(parts[2]) if len(parts) == 3 else FillPolicy.NONE)


def _fill_policy(text: str) -> FillPolicy:
    try:
        return FillPolicy(text.lower())
    except ValueError:
        raise BadQuery(f"Unrecognized fill policy: {text}") from None


@dataclass(frozen=True, slots=True)
class SubQuery:
    """One question: aggregate `metric` over the series that all `filters` match."""

    aggregator: str
    metric: str
    downsample: Downsample | None = None
    filters: Sequence[FilterSpec] = ()
    explicit_tags: bool = False

    @property
    def fill(self) -> FillPolicy:
        """What a slot without a value means: none unless the downsample says otherwise."""
        return self.downsample.fill if self.downsample else FillPolicy.NONE


@dataclass(frozen=True, slots=True)
class Query:
    """Questions over one span. `ms_resolution` and `arrays` say how times and points are written in the answer."""

    span: TimeSpan
    sub_queries: Sequence[SubQuery]
    ms_resolution: bool = False
    arrays: bool = False
