"""Carries parcels from the outbox to the server and accounts for each."""

from functools import partial

from tsdbserver.client.batch_client import BatchClient, BatchRefused, DeliveryError
from tsdbserver.client.encoded_batch import Parcel
from tsdbserver.client.report import Account
from tsdbserver.client.retry import Trying
from tsdbserver.client.send_queue import Outbox


class Delivery:
    """`over` is why nothing more can be delivered, None as long as something can."""

    def __init__(self, client: BatchClient, outbox: Outbox, account: Account, trying: Trying) -> None:
        self._client = client
        self._outbox = outbox
        self._account = account
        self._trying = trying
        self.over: str | None = None

    async def run(self) -> None:
        """Until the outbox has ended. When nothing can be delivered any more it is emptied all the same: whoever fills
        it must not be held up.
        """
        while parcel := await self._outbox.get():
            if self.over is None:
                await self._deliver(parcel)
            else:
                self._account.miss(parcel, self.over)

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            receipt = await self._trying.until_answered(partial(self._client.send, parcel.packed))
        except BatchRefused as reason:
            self._account.refuse(parcel, str(reason))
        except DeliveryError as reason:
            self.over = str(reason)
            self._account.miss(parcel, self.over)
        else:
            self._account.deliver(parcel, receipt)
