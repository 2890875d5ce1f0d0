"""Results as the mount shows them at which they were asked for."""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from tsdbserver.model.dialect import Profile
from tsdbserver.model.result import ResultSeries

QUANTILE_TAG = "quantile"
"""Prometheus' name for it."""


def suited(
    results: list[ResultSeries], quantile: float | None, profile: Profile, keys: Collection[str] | None = None
) -> list[ResultSeries]:
    """The results of one sub query, which reads `quantile` (0 to 1, None if it reads none), as `profile` shows them.

    `keys` are those of the tags that every result has, None if nobody knows.
    """
    if not profile.shows_gaps:
        results = _without_gaps(results)
    if profile.tags_groups_only and keys is not None:
        results = grouped(results, keys)
        if profile.tags_quantiles and quantile is not None and QUANTILE_TAG not in keys:
            return [_with_quantile(result, f"{quantile:g}") for result in results]
        return results
    if profile.tags_quantiles and quantile is not None:
        results = _tagged(results, f"{quantile:g}")
    return results


def grouped(results: Iterable[ResultSeries], keys: Collection[str]) -> list[ResultSeries]:
    """The results without other tags than `keys`. The keys of those become aggregate tags, so that they are still
    offered where keys are chosen from.
    """
    return [_with_tags(result, keys) for result in results]


def _with_tags(result: ResultSeries, keys: Collection[str]) -> ResultSeries:
    tags = {key: value for key, value in result.tags.items() if key in keys}
    others = [key for key in (*result.tags, *result.aggregate_tags) if key not in tags]
    return replace(result, tags=tags, aggregate_tags=others)


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
    return [_with_quantile(result, quantile) for result in results]


def _with_quantile(result: ResultSeries, quantile: str) -> ResultSeries:
    keys = [key for key in result.aggregate_tags if key != QUANTILE_TAG]
    return replace(result, tags={**result.tags, QUANTILE_TAG: quantile}, aggregate_tags=keys)
