"""A batch's way into the store: once, whole, and again after a failure without doubling anything."""

import msgpack
import pytest

from tests.batches import COUNTER, GAUGE, T0, TREND, message, trend
from tsdbserver.ingest import refusal_memory
from tsdbserver.ingest.batches import Ingest
from tsdbserver.ingest.dedup import BatchLog
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits
from tsdbserver.wire.batch.msgpack_parser import parse_batch

SPAN = TimeSpan(T0, T0)


def batch(**more):
    series = (
        ("requests", {"host": "a"}, COUNTER, [7.0, 7]),
        ("vus", {"instance": "g"}, GAUGE, [3.0, T0, 3.0, 3.0, 3.0, 1]),
        ("rt", {"host": "a"}, TREND, trend(1, 2)),
    )
    return parse_batch(msgpack.packb(message(*series, **more)))


class Failing:
    """A store whose n-th write fails, once."""

    def __init__(self, store, fails_at):
        self._store = store
        self._left = fails_at

    def _may_fail(self):
        self._left -= 1
        if self._left == 0:
            raise MemoryError("no room")

    def write_numbers(self, *arguments):
        self._may_fail()
        return self._store.write_numbers(*arguments)

    def write_digests(self, *arguments):
        self._may_fail()
        return self._store.write_digests(*arguments)

    def write_histograms(self, *arguments):
        self._may_fail()
        return self._store.write_histograms(*arguments)


def held(store):
    value = store.numbers(store.select("requests", ()), SPAN).values.tolist()
    return value, store.digests(store.select("rt", ()), SPAN).digests.count.tolist()


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_batch_that_failed_half_way_is_sent_again_and_counts_once(fails_at):
    store = RingStore()
    ingest = Ingest(Failing(store, fails_at), BatchLog())
    with pytest.raises(MemoryError):
        ingest.accept(batch(), 0)

    assert ingest.accept(batch(), 0).duplicate is False
    assert ingest.accept(batch(), 0).duplicate is True
    assert held(store) == ([7.0], [2])
    assert (ingest.counts.batches, ingest.counts.duplicates, ingest.counts.samples) == (1, 1, 10)


def test_refusals_of_the_store_are_told_by_position_in_the_batch():
    ingest = Ingest(RingStore(RingLimits(series=1)), BatchLog())
    report = ingest.accept(batch(), 0)

    assert [position for position, _ in report.refused] == [1, 2]
    assert (report.stored, ingest.counts.series, ingest.counts.refused) == (1, 1, 2)


def test_a_batch_that_comes_again_is_told_again_what_was_refused():
    ingest = Ingest(RingStore(RingLimits(series=1)), BatchLog())
    first = ingest.accept(batch(), 0)
    again = ingest.accept(batch(), 0)

    assert again.duplicate
    assert again.refused == first.refused != []
    assert ingest.counts.refused == 2


def test_remembered_refusals_are_bounded(monkeypatch):
    monkeypatch.setattr(refusal_memory, "MAX_REFUSALS", 5)
    ingest = Ingest(RingStore(RingLimits(series=1)), BatchLog())
    for seq in range(1, 10):
        ingest.accept(batch(seq=seq), 0)

    told = [len(ingest.accept(batch(seq=seq), 0).refused) for seq in range(1, 10)]
    assert told == [0] * 7 + [2, 2]


def test_samples_of_refused_series_are_counted_by_cause_and_not_as_stored():
    ingest = Ingest(RingStore(RingLimits(series=1)), BatchLog())
    unreadable = ("rt", {"host": "x" * 5000}, TREND, trend(1, 2, 3))
    body = message(
        ("requests", {"host": "a"}, COUNTER, [7.0, 7]), ("rt", {"host": "a"}, TREND, trend(1, 2)), unreadable,
        ("rt", {"host": "b"}, TREND, [9, *trend(1, 2)[1:]]),
    )  # fmt: skip
    ingest.accept(parse_batch(msgpack.packb(body)), 0)

    assert (ingest.counts.samples, dict(ingest.counts.refused_samples)) == (7, {"store_full": 2, "name": 3, "other": 9})
