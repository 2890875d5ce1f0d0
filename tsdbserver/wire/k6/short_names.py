"""Names that fit the server: what senders make of names and tag sets that are too long for it.

The k6 extension has the same rules (`internal/series/fit.go`), and both read the same golden cases.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256

from tsdbserver.model.series import MAX_NAME_LENGTH, SeriesKey, TagSet, tag_set
from tsdbserver.wire.batch.builder import MAX_TAGS

MIN_NAME_LENGTH = 16
"""A server that announces less is taken to mean this."""
_HASH_DIGITS = 8
_INSTANCE = "instance"
"""The tag that keeps the gauges of several senders apart: it is never left out."""


def shorten(text: str, limit: int = MAX_NAME_LENGTH) -> str:
    """The text, or if it has more than `limit` characters, its beginning, an ellipsis and a hash of all of it.

    The result has `limit` characters. Characters are code points.
    """
    if len(text) <= limit:
        return text
    digest = sha256(text.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{text[: limit - _HASH_DIGITS - 1]}…{digest}"


class NameFitter:
    """Makes series keys of at most `limit` characters a name and MAX_TAGS tags.

    `warn` gets one sentence the first time that a name is shortened, and one the first time that tags are left out.
    """

    def __init__(self, limit: int, warn: Callable[[str], None]) -> None:
        self._limit = max(limit, MIN_NAME_LENGTH)
        self._warn = warn
        self._has_shortened = False
        self._has_left_out = False

    def fit(self, metric: str, tags: Mapping[str, str]) -> SeriesKey:
        """The key of a series."""
        pairs = {}
        for key, value in sorted(tags.items()):
            short = self._shorten(key, f"a tag key of {metric[:40]}")
            pairs[short] = self._shorten(value, f"the value of the tag '{key[:40]}' of {metric[:40]}")
        return SeriesKey(self._shorten(metric, "a metric name"), self._limit_tags(metric, tag_set(pairs)))

    def _shorten(self, text: str, what: str) -> str:
        if len(text) <= self._limit:
            return text
        if not self._has_shortened:
            self._has_shortened = True
            self._warn(
                f"names longer than {self._limit} characters are shortened, the first: {what}, {len(text)} characters"
            )
        return shorten(text, self._limit)

    def _limit_tags(self, metric: str, tags: TagSet) -> TagSet:
        if len(tags) <= MAX_TAGS:
            return tags
        if not self._has_left_out:
            self._has_left_out = True
            self._warn(
                f"series keep {MAX_TAGS} tags, further ones are left out; the first such series is of {metric[:40]}, "
                f"with {len(tags)} tags"
            )
        others = [pair for pair in tags if pair[0] != _INSTANCE]
        own = [pair for pair in tags if pair[0] == _INSTANCE]
        return tag_set(others[: MAX_TAGS - len(own)] + own)
