"""Inputs to the server, one after the other: greet, read and deliver side by side, account."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tsdbserver.client.batch_client import BatchClient, DeliveryError, ServerAway
from tsdbserver.client.batch_producer import Feed
from tsdbserver.client.delivery import Delivery
from tsdbserver.client.gzip_lines import BadInput
from tsdbserver.client.intervals import FoldSettings
from tsdbserver.client.report import Account
from tsdbserver.client.retry import Trying
from tsdbserver.client.send_queue import Outbox
from tsdbserver.commands.interrupts import Interrupts, noted_interrupts
from tsdbserver.commands.k6_input import K6Input, opened

INTERRUPTED = 130
"""Exit code of a program that SIGINT ended."""
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())


class WrongServer(Exception):
    """The URL leads to no server that takes batches; nothing was read."""


@dataclass(frozen=True, slots=True)
class K6Ingest:
    """`settings` of the digests; `patience` in seconds with a server that is away; `token` if it wants one."""

    url: str
    settings: FoldSettings
    patience: float
    console: Console
    token: str = ""

    async def run(self, names: Sequence[str]) -> int:
        """The exit code: 0 if all samples of all inputs are stored, 130 after an interrupt, else 1. WrongServer."""
        async with BatchClient(self.url, self.token) as client:
            with noted_interrupts() as interrupts:
                code = 0
                for name in names:
                    sending = _Sending(self, client, name, interrupts)
                    with opened(name) as source:
                        code = max(code, await sending.run(source))
                    if sending.is_last:
                        break
                return code

    def say(self, text: str) -> None:
        """One line on stderr, as it is."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Sending:
    """The way of one input."""

    def __init__(self, ingest: K6Ingest, client: BatchClient, name: str, interrupts: Interrupts) -> None:
        self._ingest = ingest
        self._client = client
        self._name = name
        self._interrupts = interrupts
        self._account = Account()
        self._faults: list[str] = []
        self.is_last = False
        """Whether further inputs would fare no better."""

    async def run(self, source: K6Input) -> int:
        """The exit code for this input, which is told."""
        trying = Trying(self._ingest.patience, self._ingest.say, flowing=source.flows)
        work = asyncio.create_task(self._greet_and_transfer(source, trying))
        stop = asyncio.create_task(self._stop_of_pipe() if source.flows else self._stop_of_file())
        await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not work.done():
            return await self._break_off(work, source)
        work.result()
        self._account.settle("it was not sent")
        self._tell()
        return int(bool(self._faults) or not self._account.is_clean)

    async def _stop_of_file(self) -> None:
        await self._interrupts.first.wait()

    async def _stop_of_pipe(self) -> None:
        # Ctrl-C reaches every program of a pipeline. k6 now ends its test and writes its last samples.
        await self._interrupts.first.wait()
        self._ingest.say("interrupted: reading on until k6 has ended and all is delivered; once more to stop at once")
        await self._interrupts.second.wait()

    async def _break_off(self, work: asyncio.Task[None], source: K6Input) -> int:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        again = "" if source.flows else "; send the file again, what is stored counts once"
        self._faults.append(f"interrupted: the rest is not sent{again}")
        self._account.settle("interrupted")
        self.is_last = True
        self._tell()
        return INTERRUPTED

    async def _greet_and_transfer(self, source: K6Input, trying: Trying) -> None:
        if await self._greet(source, trying):
            await self._transfer(source, trying)

    async def _greet(self, source: K6Input, trying: Trying) -> bool:
        """Whether to go on: a pipe cannot wait for a server that is away."""
        try:
            await (self._client.hello() if source.flows else trying.until_answered(self._client.hello))
        except ServerAway as reason:
            if source.flows:
                trying.note_away(reason)
                return True
            self._give_up(str(reason))
            return False
        except DeliveryError as reason:
            raise WrongServer(str(reason)) from None
        return True

    async def _transfer(self, source: K6Input, trying: Trying) -> None:
        outbox = Outbox(self._account, patient=not source.flows)
        delivery = Delivery(self._client, outbox, self._account, trying)
        with self._progress(source) as progress:
            settings = replace(self._ingest.settings, limits=self._client.limits)
            batches = source.batches(settings, self._account, progress)
            # A pipe is read to its end whatever happens: the program that writes it must not be held up or killed.
            feed = Feed(batches, outbox, wanted=lambda: source.flows or delivery.over is None)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(feed, trying))
                tasks.create_task(delivery.run())
        if delivery.over is not None:
            self._give_up("" if source.flows else "stopped before the end of the file")

    async def _read(self, feed: Feed, trying: Trying) -> None:
        try:
            await feed.run()
        except (OSError, BadInput) as error:
            self._faults.append(str(error))
        finally:
            trying.input_ended()

    @contextmanager
    def _progress(self, source: K6Input) -> Iterator[Callable[[int], None]]:
        """Shows how much of a file is read, on a terminal; in a pipeline the terminal is k6's."""
        if source.end is None:
            yield lambda _: None
            return
        with Progress(*_COLUMNS, console=self._ingest.console, transient=True) as progress:
            task = progress.add_task(self._name, total=source.end - source.start)
            yield lambda done: progress.update(task, completed=done)

    def _give_up(self, fault: str) -> None:
        self.is_last = True
        if fault:
            self._faults.append(fault)

    def _tell(self) -> None:
        if not self._account.seen:
            self._faults.append("no sample was read: it takes what `k6 run --out json` writes")
        first, *more = self._account.told()
        for line in (f"{self._name}: {first}", *more, *(f"  {fault}" for fault in self._faults)):
            self._ingest.say(line)
