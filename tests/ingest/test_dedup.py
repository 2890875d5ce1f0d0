"""Every batch counts once, whatever order they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import ConflictingBatch, TooManySenders
from tsdbserver.ingest.dedup import FORGET_AFTER_MS, BatchLog
from tsdbserver.model.batch import BatchKey

A, B = b"a" * 16, b"b" * 16


def accept(log, instance, sequence, content=b"x", now=0):
    key = BatchKey(instance, sequence)
    if log.has_seen(key, content):
        return False
    log.remember(key, content, now)
    return True


def test_a_batch_counts_once():
    log = BatchLog()

    assert [accept(log, A, 1), accept(log, A, 1), accept(log, B, 1)] == [True, False, True]


def test_a_batch_that_was_not_remembered_may_come_again():
    log = BatchLog()

    assert not log.has_seen(BatchKey(A, 1), b"x")
    assert not log.has_seen(BatchKey(A, 1), b"x")


def test_the_same_number_with_other_content_is_a_conflict():
    log = BatchLog()
    accept(log, A, 1, b"x")

    with pytest.raises(ConflictingBatch, match=f"{A.hex()}-1 was stored before with other content"):
        accept(log, A, 1, b"y")


def test_a_sender_that_is_silent_for_a_day_is_forgotten():
    log = BatchLog()
    accept(log, A, 1, now=0)
    accept(log, B, 1, now=FORGET_AFTER_MS)
    log.forget_silent(FORGET_AFTER_MS)

    assert len(log) == 1


def test_senders_are_bounded():
    log = BatchLog(max_senders=1)
    accept(log, A, 1)

    with pytest.raises(TooManySenders, match="more than 1 senders"):
        accept(log, B, 1)
    assert accept(log, A, 2)


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(1, 12)), max_size=60))
def test_it_agrees_with_a_set_of_keys(keys):
    log, seen = BatchLog(), set()
    for key in keys:
        assert accept(log, *key) == (key not in seen)
        seen.add(key)
