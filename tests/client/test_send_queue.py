"""Parcels between the reader and the server: bounded, first in first out, none unaccounted for."""

import asyncio

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.client.batch_client import BatchClient, BatchRefused, DeliveryError, Receipt
from tsdbserver.client.delivery import Delivery
from tsdbserver.client.encoded_batch import Parcel
from tsdbserver.client.report import Account
from tsdbserver.client.retry import Trying
from tsdbserver.client.send_queue import Outbox


def parcel(name, *counts):
    return Parcel(name, np.array(counts, np.uint32))


async def emptied(outbox):
    await outbox.end()
    return [taken.packed async for taken in taking(outbox)]


async def taking(outbox):
    while taken := await outbox.get():
        yield taken


async def test_an_impatient_outbox_drops_its_oldest_and_accounts_for_it():
    account = Account()
    outbox = Outbox(account, patient=False, limit=15)
    for name in (b"a", b"b", b"c", b"d"):
        await outbox.put(parcel(name, 10))  # five bytes each

    assert await emptied(outbox) == [b"b", b"c", b"d"]
    assert account.read == 40
    assert [*account.told()][1].startswith("  dropped 1 batches with 10 samples: the server was away")


async def test_a_patient_outbox_lets_the_reader_wait():
    outbox = Outbox(Account(), patient=True, limit=5)
    await outbox.put(parcel(b"a", 1))
    second = asyncio.create_task(outbox.put(parcel(b"b", 1)))
    await asyncio.sleep(0.01)
    assert not second.done()

    taken = [parcel.packed for parcel in [await outbox.get()] if parcel]
    await second
    assert taken + await emptied(outbox) == [b"a", b"b"]


async def test_what_is_larger_than_the_limit_still_passes():
    outbox = Outbox(Account(), patient=True, limit=5)
    await outbox.put(parcel(b"a large one", 1))

    assert await emptied(outbox) == [b"a large one"]


class Server(BatchClient):
    """Answers each parcel as it is told to, by name."""

    def __init__(self, answers):
        self.answers = answers
        self.got = []

    async def send(self, packed):
        self.got.append(packed)
        answer = self.answers.get(packed, Receipt(False, 1, []))
        if isinstance(answer, Exception):
            raise answer
        return answer


async def delivered(answers, *parcels):
    account, server = Account(), Server(answers)
    outbox = Outbox(account, patient=False)
    for one in parcels:
        await outbox.put(one)
    await outbox.end()
    await Delivery(server, outbox, account, Trying(0, print)).run()
    return account, server.got


async def test_samples_of_refused_series_are_not_stored():
    account, _ = await delivered({b"a": Receipt(False, 2, [(1, "why")])}, parcel(b"a", 5, 7, 1))

    assert [*account.told()] == ["6 of 13 samples stored in 1 batches", "  refused 1 series with 7 samples: why"]
    assert not account.is_clean


async def test_a_batch_that_is_refused_does_not_stop_the_others():
    account, got = await delivered({b"a": BatchRefused("too large")}, parcel(b"a", 5), parcel(b"b", 6))

    assert got == [b"a", b"b"]
    assert [*account.told()] == [
        "6 of 11 samples stored in 1 batches",
        "  refused 1 batches with 5 samples: too large",
    ]


async def test_after_a_refusal_for_good_the_outbox_is_emptied_without_a_try():
    account, got = await delivered({b"a": DeliveryError("401")}, parcel(b"a", 5), parcel(b"b", 6))

    assert got == [b"a"]
    assert [*account.told()] == [
        "0 of 11 samples stored in 0 batches",
        "  not delivered: 2 batches with 11 samples: 401",
    ]


async def test_duplicates_are_stored_all_the_same():
    account, _ = await delivered({b"a": Receipt(True, 0, [])}, parcel(b"a", 5))

    assert [*account.told()] == ["5 of 5 samples stored in 1 batches, 1 of them stored before"]
    assert account.is_clean


async def test_the_same_refusal_counts_once_and_one_of_no_series_costs_the_batch():
    answers = {b"a": Receipt(True, 1, [(1, "why"), (1, "why")]), b"b": Receipt(False, 1, [(2, "of another batch")])}
    account, _ = await delivered(answers, parcel(b"a", 5, 7), parcel(b"b", 1, 2))

    assert [*account.told()] == [
        "5 of 15 samples stored in 2 batches, 1 of them stored before",
        "  refused 1 series with 7 samples: why",
        "  refused 1 batches with 3 samples: the server refuses series that the batch does not have",
    ]


def test_what_has_no_fate_at_the_end_is_not_delivered():
    account = Account()
    account.take(parcel(b"a", 5))
    account.take(parcel(b"b", 6))
    account.deliver(parcel(b"a", 5), Receipt(False, 1, []))
    account.settle("interrupted")
    account.settle("interrupted")

    assert [*account.told()][1:] == ["  not delivered: 1 batches with 6 samples: interrupted"]
    assert account.seen == account.stored + account.lost


ANSWERS = st.one_of(
    st.builds(Receipt, st.booleans(), st.just(1), st.lists(st.tuples(st.integers(-1, 4), st.sampled_from("xy")))),
    st.sampled_from([BatchRefused("400"), DeliveryError("401")]),
)
LINES = st.sampled_from([b"", b"{", b"garbage", b'{"type":"Point","metric":"no","data":{"time":"","value":1}}'])


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=4), ANSWERS), max_size=8),
    st.lists(LINES), st.integers(1, 30), st.integers(0, 8),
)  # fmt: skip
def test_every_sample_is_stored_or_lost_for_one_reason(batches, lines, limit, delivered_before_the_end):
    async def run():
        account = Account()
        account.lines.skipped.clear()
        assert [*account.lines.samples(lines)] == []
        parcels = [parcel(b"%d" % at, *counts) for at, (counts, _) in enumerate(batches)]
        answers = {one.packed: answer for one, (_, answer) in zip(parcels, batches, strict=True)}
        outbox = Outbox(account, patient=False, limit=limit)
        for one in parcels[:delivered_before_the_end]:
            await outbox.put(one)
        await outbox.end()
        await Delivery(Server(answers), outbox, account, Trying(0, print)).run()
        for one in parcels[delivered_before_the_end:]:
            account.take(one)
        account.settle("interrupted")
        return account, sum(one.samples for one in parcels)

    account, given_samples = asyncio.run(run())
    assert account.seen == given_samples + len([line for line in lines if line])
    assert account.seen == account.stored + account.lost
    assert account.is_clean == (account.stored > 0 and account.lost == 0)


async def test_reasons_that_repeat_names_are_counted_by_cause():
    reasons = [(at, f"metric 'm{at}' holds counter series, not distribution") for at in range(50)]
    causes = ["kind"] * 49 + ["store_full"]
    account, _ = await delivered({b"a": Receipt(False, 0, reasons, causes)}, parcel(b"a", *[2] * 50))

    assert [*account.told()] == [
        "0 of 100 samples stored in 1 batches",
        "  refused 49 series with 98 samples: kind; the first: metric 'm0' holds counter series, not distribution",
        "  refused 1 series with 2 samples: metric 'm49' holds counter series, not distribution",
    ]


async def test_a_server_that_tells_no_causes_makes_one_line():
    reasons = [(at, f"metric 'm{at}' is of another kind") for at in range(3)]
    account, _ = await delivered({b"a": Receipt(False, 0, reasons)}, parcel(b"a", 1, 2, 3))

    assert [*account.told()][1:] == ["  refused 3 series with 6 samples: the first: metric 'm0' is of another kind"]


async def test_batches_that_are_refused_for_many_reasons_make_one_line():
    answers = {name: BatchRefused(f"400: series 'm{name!r}'") for name in (b"a", b"b", b"c")}
    account, _ = await delivered(answers, *(parcel(name, 5) for name in answers))

    assert [*account.told()][1:] == ["  refused 3 batches with 15 samples: as a whole; the first: 400: series 'mb'a''"]
