"""Readers share the lock, a writer has it alone."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tsdbserver.store.lock import SharedLock

PATIENCE = 60


@pytest.fixture
def lock():
    return SharedLock()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(3) as pool:
        yield pool


class Holder:
    """A thread that holds one side of the lock until it is told to let go."""

    def __init__(self, threads, side, done=None):
        self.inside, self.leave = Event(), Event()
        self.thread = threads.submit(self.hold, side, done)

    def hold(self, side, done):
        with side:
            if done is not None:
                done.append(self)
            self.inside.set()
            assert self.leave.wait(PATIENCE)

    def go(self):
        self.leave.set()
        self.thread.result(PATIENCE)


def test_readers_are_in_together_and_no_writer_beside_them(lock, threads):
    first = Holder(threads, lock.reading)
    second = Holder(threads, lock.reading)
    assert first.inside.wait(PATIENCE)
    assert second.inside.wait(PATIENCE)
    assert not lock.begin_writing(blocking=False)

    first.go()
    assert not lock.begin_writing(blocking=False)
    second.go()
    assert lock.begin_writing(blocking=False)


@pytest.mark.parametrize("side", ["reading", "writing"])
def test_beside_a_writer_is_nobody(lock, threads, side):
    order: list[Holder] = []
    writer = Holder(threads, lock.writing, order)
    assert writer.inside.wait(PATIENCE)
    other = Holder(threads, getattr(lock, side), order)
    other.leave.set()
    assert not lock.begin_writing(blocking=False)

    writer.go()
    other.go()
    assert order == [writer, other]


def test_a_writer_that_waits_goes_before_readers_that_come_later(lock, threads):
    order: list[Holder] = []
    reader = Holder(threads, lock.reading, order)
    assert reader.inside.wait(PATIENCE)
    writer = Holder(threads, lock.writing, order)
    while not lock._waiting:
        pass
    late = Holder(threads, lock.reading, order)
    for holder in (writer, late):
        holder.leave.set()

    reader.go()
    for holder in (writer, late):
        holder.go()
    assert order == [reader, writer, late]


def test_the_writer_may_take_it_again_either_way(lock):
    with lock.writing:
        with lock.writing, lock.reading:
            pass
        assert lock.begin_writing(blocking=False)
        lock.end_writing()
    with lock.reading:
        assert not lock.begin_writing(blocking=False)


def test_what_raises_inside_gives_it_back(lock):
    for side in (lock.reading, lock.writing):
        with pytest.raises(ZeroDivisionError), side:
            _ = 1 / 0

    assert lock.begin_writing(blocking=False)
