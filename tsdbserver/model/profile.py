"""Where one API is mounted twice: what OpenTSDB does to the letter, and what Grafana can digest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices in which the two mounts differ; `prefix` is what stands before `/api` in a path.

    `shows_gaps`: NaN and null are printed, else left out. `knows_only_names`: a name that was never stored is an error,
    else nothing is found under it.
    """

    name: str
    prefix: str
    shows_gaps: bool
    knows_only_names: bool


FAITHFUL = Profile("opentsdb", "", shows_gaps=True, knows_only_names=True)
"""As OpenTSDB answers."""

GRAFANA = Profile("grafana", "/grafana", shows_gaps=False, knows_only_names=False)
"""As Grafana's data source needs it in all its generations."""

PROFILES = (FAITHFUL, GRAFANA)
