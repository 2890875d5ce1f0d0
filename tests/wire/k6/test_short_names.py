"""Names that are too long for the server are shortened as the k6 extension does it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.wire.batch.builder import check_name, check_tags
from tsdbserver.wire.k6.short_names import MIN_NAME_LENGTH, NameFitter, shorten

GOLDEN = json.loads((Path(__file__).parent.parent.parent / "golden" / "names.json").read_text())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize("case", GOLDEN["names"], ids=lambda case: case["what"])
def test_names_are_shortened_as_in_go(case):
    assert shorten(case["text"], case["limit"]) == case["want"]


@pytest.mark.parametrize("case", GOLDEN["series"], ids=lambda case: case["what"])
def test_series_are_fitted_as_in_go(case):
    key = NameFitter(case["limit"], print).fit(case["metric"], case["tags"])

    assert key == (case["want"]["metric"], tuple(map(tuple, case["want"]["tags"])))


def test_five_thousand_characters():
    value = "a" * 5_000

    assert shorten(value) == "a" * 4_087 + "…" + sha256(value.encode()).hexdigest()[:8]
    assert len(shorten(value)) == 4_096


@given(TEXTS, st.integers(MIN_NAME_LENGTH, 40))
def test_a_short_name_fits_and_a_name_that_fits_stays(text, limit):
    short = shorten(text, limit)

    assert len(short) == min(len(text), limit)
    assert (short == text) == (len(text) <= limit)
    assert shorten(short, limit) == short


@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=80))
def test_the_server_takes_what_fits(tags):
    key = NameFitter(4_096, print).fit("m" * 5_000, tags)

    assert check_name(key.metric, "a metric name") == key.metric
    assert check_tags(dict(key.tags)) == key.tags


def test_there_is_one_warning_of_each_kind():
    said: list[str] = []
    names = NameFitter(16, said.append)
    for _ in range(3):
        names.fit("m" * 20, {"k" * 30: "v" * 40, **{str(i): "x" for i in range(70)}})

    assert [text.partition(",")[0] for text in said] == [
        "names longer than 16 characters are shortened", "series keep 64 tags",
    ]  # fmt: skip
    assert "30 characters" in said[0]
    assert "with 71 tags" in said[1]


@pytest.mark.parametrize("limit", [-1, 0, 1, 9, 15])
def test_a_limit_that_leaves_no_room_for_a_hash_is_not_taken(limit):
    assert len(NameFitter(limit, print).fit("m" * 100, {}).metric) == MIN_NAME_LENGTH
