"""`host=web01 dc=lga`: the tags of a telnet line, word by word."""

from collections.abc import Iterable

from tsdbserver.errors import BadPoint
from tsdbserver.java.hash_map import java_map
from tsdbserver.model.refusal import TAGS


def parse_tags(words: Iterable[str]) -> dict[str, str]:
    """The tags that some words name; empty words, as two spaces leave them, say nothing.

    BadPoint for a word that is no `key=value`, and for a key with two values; the same word twice is fine.
    """
    tags: dict[str, str] = {}
    for word in filter(None, words):
        key, equals, value = word.partition("=")
        if not (key and equals and value) or "=" in value:
            raise BadPoint(f"invalid tag: {word}", TAGS)
        if tags.setdefault(key, value) != value:
            raise BadPoint(f"duplicate tag: {word}, tags={java_map(tags)}", TAGS)
    return tags
