"""Where one API is mounted: what OpenTSDB does to the letter, what Grafana can digest, and the same for alert rules."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices in which the mounts differ; `prefix` is what stands before `/api` in a path.

    What is asked:
    `mends_queries`: texts and numbers that only Grafana sends are read as they were meant, else refused.
    `joins_tags_and_filters`: a question with both has both, else the one that stands last.
    `knows_only_names`: a name that was never stored is an error, else nothing is found under it.
    `reads_choices`: a filter is read as the choice in a menu that it was made of, see `query.select.choices`.
    `untouched_function`: the downsampling function that the editor sends until somebody chooses one; over it a function
    of a distribution is that of all samples. Empty if every function was chosen.
    `fits_seconds`: where times are shown in seconds no slot is narrower than one.
    `counts_steadily`: calendar slots of several units do not depend on the start of a query.

    What is answered:
    `tells_reasons`: what is wrong with a filter is the message, else a detail of it.
    `shows_gaps`: NaN and null are printed, else left out, and so are results without a point.
    `tags_quantiles`: a result of a percentile says of which one, in a tag.
    `tags_groups_only`: a result has only the tags that its query groups by, else all that its series agree on.
    `numbers_as_asked`: a question's index is its place among all that were asked, else among those that differ.
    `suggests_inside`: names that hold a text follow those that begin with it.
    `suggests_of_histograms`: a histogram's companions are offered, as those of kinds that OpenTSDB does not know are.
    `lists_distinct`: a look-up shows one series for each value that is asked for, else all.
    `finds_last_always`: the newest point of a series is found however old it is, else in the hours that are asked for.
    `shows_events`: annotations are in seconds and there without points; those of everything are with the first result,
    asked for or not. Else they are as they were written, with results that have points, and if asked for with each.
    """

    name: str
    prefix: str
    mends_queries: bool
    joins_tags_and_filters: bool
    knows_only_names: bool
    reads_choices: bool
    untouched_function: str
    fits_seconds: bool
    counts_steadily: bool
    tells_reasons: bool
    shows_gaps: bool
    tags_quantiles: bool
    tags_groups_only: bool
    numbers_as_asked: bool
    suggests_inside: bool
    suggests_of_histograms: bool
    lists_distinct: bool
    finds_last_always: bool
    shows_events: bool


FAITHFUL = Profile(
    "opentsdb",
    prefix="",
    mends_queries=False,
    joins_tags_and_filters=False,
    knows_only_names=True,
    reads_choices=False,
    untouched_function="",
    fits_seconds=False,
    counts_steadily=False,
    tells_reasons=False,
    shows_gaps=True,
    tags_quantiles=False,
    tags_groups_only=False,
    numbers_as_asked=False,
    suggests_inside=False,
    suggests_of_histograms=False,
    lists_distinct=False,
    finds_last_always=False,
    shows_events=False,
)
"""As OpenTSDB answers."""

GRAFANA = Profile(
    "grafana",
    prefix="/grafana",
    mends_queries=True,
    joins_tags_and_filters=True,
    knows_only_names=False,
    reads_choices=True,
    untouched_function="avg",
    fits_seconds=True,
    counts_steadily=True,
    tells_reasons=True,
    shows_gaps=False,
    tags_quantiles=True,
    tags_groups_only=False,
    numbers_as_asked=True,
    suggests_inside=True,
    suggests_of_histograms=True,
    lists_distinct=True,
    finds_last_always=True,
    shows_events=True,
)
"""As Grafana's data source needs it in all its generations."""

GROUPED = replace(GRAFANA, name="grouped", prefix="/grafana/grouped", tags_groups_only=True)
"""As alert rules need it, whose instances are their labels: these do not change when other series begin."""

PROFILES = (FAITHFUL, GRAFANA, GROUPED)
