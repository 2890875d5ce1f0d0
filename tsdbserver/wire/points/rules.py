"""What OpenTSDB demands of a data point, whatever door it comes through, in its order and its words."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass

from tsdbserver.errors import BadPoint, TooLarge
from tsdbserver.java.hash_map import hash_order, java_map
from tsdbserver.java.numbers import java_infinity, stored_form
from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.refusal import NAME, TAGS, TIMESTAMP, VALUE
from tsdbserver.model.series import SeriesKey, tag_set
from tsdbserver.model.time import MAX_SECONDS, MAX_TIMESTAMP_MS

_DIGITS_AND_MARKS = frozenset("0123456789-_./")
"""What a name may hold beside letters of any alphabet."""
_LAST_OF_ONE_UNIT = "\uffff"
"""Java's characters are UTF-16's units: a letter past this is two of them, and neither is a letter."""


@dataclass(frozen=True, slots=True)
class PointRules:
    """What a setting may change: how many tags a point has at most, which characters a name may hold beside OpenTSDB's
    own, and how many points a request may bring.
    """

    max_tags: int = 8
    specials: frozenset[str] = frozenset()
    max_points: int = 200_000


DEFAULT_RULES = PointRules()


def check_count(points: int, rules: PointRules) -> None:
    """TooLarge for a request with too many points: none of them is stored."""
    if points > rules.max_points:
        raise TooLarge(f"{points} data points in one request, more than {rules.max_points} (setting max-points)")


def check_point(
    metric: str,
    stamp: int,
    number: float,
    tags: Mapping[str, str | None],
    rules: PointRules = DEFAULT_RULES,
    single: bool = False,
) -> DataPoint:
    """The data point of these parts: `stamp` as it was sent, positive. BadPoint names the first rule it breaks.

    `single`: see `java_number.stored_form`.
    """
    if not math.isfinite(number):
        shown = java_infinity(number)
        raise BadPoint(f"value is NaN or Infinite: {shown} for metric={metric} timestamp={stamp}", VALUE)
    if stamp > MAX_TIMESTAMP_MS:
        raise BadPoint(
            f"bad timestamp={stamp} when trying to add value={stored_form(number, single)} to metric={metric}, "
            f"tags={java_map(tags)}",
            TIMESTAMP,
        )
    return DataPoint(checked_series(metric, tags, rules), to_ms(stamp), float(number))


def checked_series(metric: str, tags: Mapping[str, str | None], rules: PointRules) -> SeriesKey:
    """The series of these names; BadPoint names the first rule they break."""
    check_tag_count(metric, tags, rules.max_tags)
    check_names(metric, tags, rules.specials)
    return SeriesKey(metric, tag_set(tags.items()))  # type: ignore[arg-type]  # no value is None any more


def to_ms(stamp: int) -> int:
    """A timestamp as writers send it, seconds or milliseconds, in milliseconds."""
    return stamp * 1000 if stamp <= MAX_SECONDS else stamp


def check_tag_count(metric: str, tags: Mapping[str, str | None], most: int) -> None:
    """BadPoint unless there is at least one tag and at most `most`."""
    if not tags:
        raise BadPoint(f"Need at least one tag (metric={metric}, tags={{}})", TAGS)
    if len(tags) > most:
        raise BadPoint(f"Too many tags: {len(tags)} maximum allowed: {most}, tags: {java_map(tags)}", TAGS)


def check_names(metric: str, tags: Mapping[str, str | None], specials: Container[str] = ()) -> None:
    """BadPoint unless metric, tag keys and tag values are made of OpenTSDB's characters and `specials`."""
    check_name("metric name", metric, specials)
    for key, value in hash_order(tags):
        check_name(f"tag name with value [{'null' if value is None else value}]", key, specials)
        check_name(f"tag value with key [{key}]", value, specials)


def check_name(what: str, name: str | None, specials: Container[str] = ()) -> None:
    """BadPoint unless a name is made of OpenTSDB's characters and `specials`; the message says `what` it is."""
    if name is None:
        raise BadPoint(f"Invalid {what}: null", NAME)
    if not name:
        raise BadPoint(f"Invalid {what}: empty string", NAME)
    for character in name:
        if not (_is_allowed(character) or character in specials):
            unit = character if character <= _LAST_OF_ONE_UNIT else "?"
            raise BadPoint(f'Invalid {what} ("{name}"): illegal character: {unit}', NAME)


def _is_allowed(character: str) -> bool:
    return character in _DIGITS_AND_MARKS or (character.isalpha() and character <= _LAST_OF_ONE_UNIT)
