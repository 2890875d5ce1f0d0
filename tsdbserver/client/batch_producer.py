"""Batches into the outbox, made in a thread of their own: reading waits for no request, and no request for reading."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from tsdbserver.client.encoded_batch import Parcel
from tsdbserver.client.send_queue import Outbox
from tsdbserver.model.batch import Batch


class Feed:
    """Runs `batches` to their end, or as long as they are `wanted` (asked in the thread, after each)."""

    def __init__(self, batches: Iterator[Batch], outbox: Outbox, wanted: Callable[[], bool]) -> None:
        self._batches = batches
        self._outbox = outbox
        self._wanted = wanted
        self._stopped = False

    async def run(self) -> None:
        """Returns, or raises what `batches` raised, when all are in the outbox."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        # A daemon, for a read from a pipe cannot be broken off: it must not hold up the end of the program.
        threading.Thread(target=self._work, args=(loop, done), daemon=True).start()
        try:
            await done
        finally:
            self._stopped = True
            await self._outbox.end()

    def _work(self, loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]) -> None:
        # A closed loop, or a put that it cancelled: nobody waits for us any more.
        with suppress(RuntimeError, asyncio.CancelledError):
            try:
                for batch in self._batches:
                    if self._stopped or not self._wanted():
                        break
                    asyncio.run_coroutine_threadsafe(self._outbox.put(Parcel.of(batch)), loop).result()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is waited for
                loop.call_soon_threadsafe(_finish, done, error)
            else:
                loop.call_soon_threadsafe(_finish, done, None)


def _finish(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
