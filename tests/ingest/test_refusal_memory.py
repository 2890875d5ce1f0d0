"""What was refused of a batch is remembered within bounds, whatever the order in which batches come again."""

import sys
from collections import OrderedDict

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.batches import COUNTER, TREND, message, trend
from tsdbserver.ingest import refusal_memory
from tsdbserver.ingest.batches import Ingest
from tsdbserver.ingest.dedup import BatchLog
from tsdbserver.ingest.refusal_memory import RefusalMemory, measure
from tsdbserver.model.batch import BatchKey
from tsdbserver.model.refusal import Reason
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits
from tsdbserver.wire.batch.msgpack_parser import parse_batch


def refusals(n, length=10):
    return [(position, Reason("x" * length + str(position))) for position in range(n)]


def keep_latest(steps, most):
    """The simple model: the latest batches by hand."""
    kept: OrderedDict[int, int] = OrderedDict()
    for name, n in steps:
        kept.pop(name, None)
        if n:
            kept[name] = n
        while sum(kept.values()) > most:
            kept.popitem(last=False)
    return kept


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 7)), max_size=60))
def test_the_memory_keeps_what_a_simple_model_keeps(steps):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refusal_memory, "MAX_REFUSALS", 20)
        memory = RefusalMemory()
        for number, n in steps:
            memory.remember(BatchKey(b"i" * 16, number), b"f", refusals(n))
        kept = keep_latest(steps, 20)

    told = {number: memory.get(BatchKey(b"i" * 16, number), b"f") for number in range(1, 7)}
    assert {number: len(refused) for number, refused in told.items() if refused} == dict(kept)
    assert memory.refusals == sum(kept.values())
    assert memory.bytes == sum(map(measure, told.values())) - measure([]) * (6 - len(kept))


def test_a_batch_that_is_sent_again_every_day_is_told_the_same(monkeypatch):
    monkeypatch.setattr(refusal_memory, "MAX_REFUSALS", 5)
    body = msgpack.packb(message(*(("requests", {"host": host}, COUNTER, [7.0, 7]) for host in "abc")))
    store = RingStore(RingLimits(series=1))
    memory = Ingest(store, BatchLog())
    for day in range(8):
        memory._log = BatchLog()  # it forgets its senders after a day
        first = memory.accept(parse_batch(body), day)
        again = memory.accept(parse_batch(body), day)
        assert not first.duplicate
        assert again.duplicate
        assert again.refused == first.refused
        assert len(again.refused) == 2


def test_remembered_refusals_are_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(refusal_memory, "MAX_REFUSAL_BYTES", 100_000)
    memory = RefusalMemory()
    for number in range(1, 50):
        memory.remember(BatchKey(b"i" * 16, number), b"f", refusals(10, length=1000))
        assert memory.bytes <= 100_000
    assert memory.get(BatchKey(b"i" * 16, 49), b"f")
    assert not memory.get(BatchKey(b"i" * 16, 1), b"f")


@pytest.mark.parametrize(
    ("metric", "tags"),
    [
        ("rt", {"k" * 4096: "v" * 4097}),
        ("rt", {"\N{GRINNING FACE}" * 4096: "v" * 5000}),
        ("rt", {"k" * 5000: "v"}),
        ("r" * 5000, {"k": "v"}),
    ],
)
def test_reasons_repeat_only_the_beginning_of_a_name(metric, tags):
    good = ("requests", {"host": "a"}, COUNTER, [7.0, 7])
    batch = parse_batch(msgpack.packb(message(good, (metric, tags, TREND, trend(1, 2)))))
    ((position, reason),) = batch.refused
    assert (position, reason.cause) == (1, "name")
    assert sys.getsizeof(reason) < 1000


def test_the_store_repeats_only_the_beginning_of_a_name():
    ingest = Ingest(RingStore(), BatchLog())
    name = "m" * 4096
    ingest.accept(parse_batch(msgpack.packb(message((name, {"a": "b"}, COUNTER, [7.0, 7])))), 0)
    again = parse_batch(msgpack.packb(message((name, {"a": "b"}, TREND, trend(1, 2)), seq=2)))
    ((_, reason),) = ingest.accept(again, 0).refused
    assert reason.cause == "kind"
    assert len(reason) < 200
