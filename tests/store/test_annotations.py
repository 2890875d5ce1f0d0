"""The book of annotations against a plain dict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tsdbserver.errors import TooLarge
from tsdbserver.model.annotation import EVERYTHING, Annotation
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.annotations import AnnotationBook, AnnotationLimits

A, B, C = "000001000001000001", "000001000001000002", "000002000001000001"
NOON = 1356998400

annotations = st.builds(
    Annotation,
    start=st.one_of(st.integers(NOON, NOON + 5), st.sampled_from([NOON * 1000, NOON * 1000 + 500])),
    tsuid=st.sampled_from([EVERYTHING, A, B, C]),
    end=st.sampled_from([0, NOON]),
    description=st.sampled_from(["", "one", "two"]),
    notes=st.sampled_from(["", "n"]),
    custom=st.sampled_from([None, {}, {"who": "ops"}]),
)
moments = st.integers(NOON * 1000 - 1, NOON * 1000 + 6_000)
spans = st.tuples(moments, moments).map(lambda ends: TimeSpan(min(ends), max(ends)))
COUNT = 6


class AgainstDict(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.book = AnnotationBook(AnnotationLimits(count=COUNT))
        self.known: dict[tuple[str, int], Annotation] = {}

    @rule(batch=st.lists(annotations, max_size=4), whole=st.booleans())
    def write(self, batch, whole):
        after = dict(self.known)
        for one in batch:
            key = one.tsuid, one.time
            after[key] = one if whole or key not in after else one.over(after[key])
        if len(after) > COUNT:
            with pytest.raises(TooLarge, match="max-annotations"):
                self.book.write(batch, whole)
        else:
            assert self.book.write(batch, whole) == [after[one.tsuid, one.time] for one in batch]
            self.known = after

    @rule(tsuid=st.sampled_from([EVERYTHING, A, B, C]), span=spans)
    def remove(self, tsuid, span):
        inside = self.inside(tsuid, span)

        assert self.book.remove(tsuid, span) == len(inside)
        for one in inside:
            del self.known[one.tsuid, one.time]

    @rule(tsuid=st.sampled_from([EVERYTHING, A, B, C]), span=spans)
    def between(self, tsuid, span):
        assert self.book.between(tsuid, span) == self.inside(tsuid, span)

    @invariant()
    def all_are_found(self):
        assert all(self.book.get(*key) == one for key, one in self.known.items())
        assert self.book.count == len(self.known)
        assert (self.book.bytes == 0) == (not self.known)
        for metric in ("000001", "000002"):
            assert (metric in self.book._of_metric) == any(tsuid[:6] == metric for tsuid, _ in self.known)
            assert set(self.book.annotated(metric)) == {tsuid for tsuid, _ in self.known if tsuid[:6] == metric}

    def inside(self, tsuid, span):
        return [
            one
            for (series, time), one in sorted(self.known.items())
            if series == tsuid and span.start <= time <= span.end
        ]


TestAgainstDict = AgainstDict.TestCase


@given(st.text(max_size=200), st.text(max_size=200), st.dictionaries(st.text(), st.text(), max_size=3))
def test_bytes_of_what_is_gone_are_given_back(description, notes, custom):
    book = AnnotationBook()
    book.write([Annotation(NOON, A, 0, "short"), Annotation(NOON + 1, A)], whole=True)
    before = book.bytes
    book.write([Annotation(NOON, A, 0, description, notes, custom)], whole=True)
    book.write([Annotation(NOON, A, 0, "short")], whole=True)

    assert book.bytes == before


def test_annotations_take_no_more_bytes_than_they_may():
    book = AnnotationBook(AnnotationLimits(bytes=2_000))
    book.write([Annotation(NOON, description="x" * 1_400)], whole=True)

    with pytest.raises(TooLarge, match=r"room for 2000 bytes of annotations \(setting max-annotation-bytes\)"):
        book.write([Annotation(NOON + 1, description="y" * 200)], whole=True)
    assert book.get(EVERYTHING, (NOON + 1) * 1000) is None
    # A smaller one in the place of a larger one always has room.
    book.write([Annotation(NOON, description="x")], whole=True)
    book.write([Annotation(NOON + 1, description="y" * 200)], whole=True)
    assert book.count == 2


def test_one_moment_in_seconds_and_milliseconds_is_one_annotation():
    book = AnnotationBook()
    book.write([Annotation(NOON, description="first"), Annotation(NOON * 1000, notes="later")], whole=False)

    assert book.between(EVERYTHING, TimeSpan(0, NOON * 2000)) == [
        Annotation(NOON * 1000, description="first", notes="later")
    ]
