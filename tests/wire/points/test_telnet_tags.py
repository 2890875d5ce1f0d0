"""The tags of a telnet line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadPoint
from tsdbserver.wire.points.telnet_tags import parse_tags


def test_words_are_tags():
    assert parse_tags(["host=web01", "", "dc=lax", "host=web01"]) == {"host": "web01", "dc": "lax"}


@pytest.mark.parametrize("word", ["host", "host=", "=web01", "host=a=b"])
def test_another_word_is_no_tag(word):
    with pytest.raises(BadPoint, match=f"invalid tag: {word}"):
        parse_tags([word])


def test_a_key_has_one_value():
    with pytest.raises(BadPoint) as error:
        parse_tags(["host=a", "host=b"])
    assert error.value.message == "duplicate tag: host=b, tags={host=a}"


@given(st.lists(st.text() | st.text("ab= ")))
def test_any_words_are_tags_or_a_client_error(words):
    with suppress(BadPoint):
        tags = parse_tags(words)
        assert parse_tags(f"{key}={value}" for key, value in tags.items()) == tags
