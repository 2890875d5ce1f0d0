"""Results as the mount shows them at which they were asked for."""

from dataclasses import replace

import numpy as np

from tsdbserver.model.profile import Profile
from tsdbserver.model.result import ResultSeries

QUANTILE_TAG = "quantile"
"""Prometheus' name for it."""


def suited(results: list[ResultSeries], quantile: float | None, profile: Profile) -> list[ResultSeries]:
    """The results of one sub query, which reads `quantile` (0 to 1, None if it reads none), as `profile` shows them."""
    if not profile.shows_gaps:
        results = _without_gaps(results)
    if profile.tags_quantiles and quantile is not None:
        results = _tagged(results, f"{quantile:g}")
    return results


def _without_gaps(results: list[ResultSeries]) -> list[ResultSeries]:
    """Nothing but points: no NaN, which some readers take for 0 and others for an error, and no result without any,
    which an alert rule would take for a value instead of for none.
    """
    shown = (_without_gap(result) for result in results)
    return [result for result in shown if len(result.times)]


def _without_gap(result: ResultSeries) -> ResultSeries:
    known = ~np.isnan(result.values)
    return result if known.all() else replace(result, times=result.times[known], values=result.values[known])


def _tagged(results: list[ResultSeries], quantile: str) -> list[ResultSeries]:
    """All results with the tag, or none: where series bring a tag of this name along, what keeps them apart stays."""
    if any(QUANTILE_TAG in result.tags or QUANTILE_TAG in result.aggregate_tags for result in results):
        return results
    return [replace(result, tags={**result.tags, QUANTILE_TAG: quantile}) for result in results]
