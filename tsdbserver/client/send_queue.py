"""Parcels that wait for the server, bounded in bytes."""

import asyncio
from collections import deque

from tsdbserver.client.encoded_batch import Parcel
from tsdbserver.client.report import Account

MIB = 1 << 20


class Outbox:
    """A queue of at most `limit` bytes. Where it is full, a patient one lets `put` wait; the other drops its oldest."""

    def __init__(self, account: Account, patient: bool, limit: int = 64 * MIB) -> None:
        self._account = account
        self._patient = patient
        self._limit = limit
        self._parcels: deque[Parcel] = deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Condition()

    async def put(self, parcel: Parcel) -> None:
        """Add the newest parcel."""
        async with self._changed:
            self._account.take(parcel)
            while self._parcels and self._size + parcel.size > self._limit:
                if self._patient:
                    await self._changed.wait()
                else:
                    reason = f"the server was away and {self._limit // MIB} MiB of batches waited"
                    self._account.drop(self._pop(), reason)
            self._parcels.append(parcel)
            self._size += parcel.size
            self._changed.notify_all()

    async def end(self) -> None:
        """There will be no more parcels."""
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def get(self) -> Parcel | None:
        """The oldest parcel, as soon as there is one; None after the last."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._parcels or self._ended)
            parcel = self._pop() if self._parcels else None
            self._changed.notify_all()
            return parcel

    def _pop(self) -> Parcel:
        parcel = self._parcels.popleft()
        self._size -= parcel.size
        return parcel
