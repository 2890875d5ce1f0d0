"""`tsdbserver ingest k6-json FILE… --url URL`: the door for a stock k6."""

import asyncio
import gzip
import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import IO, cast

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tsdbserver.commands.values import DURATION, TAG
from tsdbserver.model.batch import Batch, BatchKey
from tsdbserver.model.series import tag_set
from tsdbserver.send.client import BatchClient, DeliveryError
from tsdbserver.send.fold import FoldSettings, IntervalFold
from tsdbserver.wire.batch_encode import encode_batch
from tsdbserver.wire.k6_json import K6Lines

GZIP_MAGIC = b"\x1f\x8b"
_FORMAT = b"1"
"""Part of a file's sender id: to be changed with anything that changes the batches made of the same file."""


@click.group()
def ingest() -> None:
    """Send samples that other programs wrote."""


@dataclass(slots=True)
class _Account:
    """What became of one input."""

    samples: int = 0
    batches: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)


@ingest.command("k6-json")
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option("--url", default="http://127.0.0.1:4242", show_default=True, help="The server.")
@click.option("--interval", type=DURATION, default="10s", show_default=True, help="Width of the digests' intervals.")
@click.option("--prefix", default="k6.", show_default=True, help="Put before every metric's name.")
@click.option("--tag", "tags", type=TAG, multiple=True, help="key=value for every series; tags of the samples win.")
@click.option("--instance", help="Tag `instance` of gauges that have none. Default: the file's name, or the host's.")
@click.option(
    "--compression", type=click.FloatRange(20, 1000), default=100.0, show_default=True, help="δ of the digests."
)
def k6_json(files: tuple[str, ...], url: str, **options: object) -> None:
    """Fold the lines of `k6 run --out json` into digests and send them.

    FILE may be gzipped, and `-` is standard input:

        k6 run --quiet --summary-mode disabled --out json=- script.js | tsdbserver ingest k6-json -

    Each file is one sender. Sending the same file again, with the same options, changes nothing.
    """
    console = Console(stderr=True)
    try:
        for name in files:
            account = asyncio.run(_send_file(name, url, console, **options))  # type: ignore[arg-type]
            console.print(_told(name, account), highlight=False)
    except DeliveryError as error:
        raise click.ClickException(str(error)) from None
    except (OSError, EOFError) as error:
        raise click.ClickException(f"{name}: {error}") from None


async def _send_file(
    name: str, url: str, console: Console, interval: int, prefix: str,
    tags: tuple[tuple[str, str], ...], instance: str | None, compression: float,
) -> _Account:  # fmt: skip
    settings = FoldSettings(instance or _instance(name), interval, prefix, tag_set(tags), compression)
    keys = map(BatchKey, _repeat(_sender(name, settings)), count(1))
    folder, lines, account = IntervalFold(settings, lambda: next(keys)), K6Lines(), _Account()
    async with BatchClient(url) as client:
        with _reading(name, console) as chunks:
            for chunk in chunks:
                for batch in folder.fold(lines.samples(chunk)):
                    await _send(client, batch, account)
        for batch in folder.close():
            await _send(client, batch, account)
    account.skipped = lines.skipped
    return account


async def _send(client: BatchClient, batch: Batch, account: _Account) -> None:
    receipt = await client.send(encode_batch(batch))
    account.batches += 1
    account.samples += batch.samples
    account.duplicates += receipt.dup
    account.refused.update(reason for _, reason in receipt.refused)


def _repeat(instance: bytes) -> Iterator[bytes]:
    while True:
        yield instance


def _instance(name: str) -> str:
    return socket.gethostname() if name == "-" else Path(name).name.split(".")[0]


def _sender(name: str, settings: FoldSettings) -> bytes:
    """A file's sender id is a hash of its content and of what is made of it: sent twice, it counts once."""
    if name == "-":
        return os.urandom(16)
    digest = blake2b(_FORMAT + repr(settings).encode(), digest_size=16)
    with Path(name).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()


@contextmanager
def _reading(name: str, console: Console) -> Iterator[Iterator[list[bytes]]]:
    """The lines of a file or of standard input in chunks, under a progress bar on the terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, _opened(name) as (raw, text):
        size = None if name == "-" else Path(name).stat().st_size
        yield _chunks(raw, text, progress, progress.add_task(name, total=size))


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes] | None, IO[bytes]]]:
    """(the file as it lies, whose position is the progress; its text)."""
    if name == "-":
        yield None, sys.stdin.buffer
        return
    with Path(name).open("rb") as raw:
        if raw.peek(2)[:2] != GZIP_MAGIC:
            yield raw, raw
            return
        with gzip.open(raw) as text:
            yield raw, cast(IO[bytes], text)


def _chunks(raw: IO[bytes] | None, text: IO[bytes], progress: Progress, task: TaskID) -> Iterator[list[bytes]]:
    """Lines in bunches: a pipe's as they come, so that intervals are sent while the test runs."""
    while lines := (text.readlines(1 << 16) if raw else _available(text)):
        yield lines
        if raw:
            progress.update(task, completed=raw.tell())


def _available(pipe: IO[bytes]) -> list[bytes]:
    line = pipe.readline()
    return [line] if line else []


def _told(name: str, account: _Account) -> str:
    """The account in one line, and one more for each kind of loss."""
    told = [f"{name}: {account.samples} samples in {account.batches} batches"]
    if account.duplicates:
        told[0] += f", {account.duplicates} of them stored before"
    told += [f"  refused {n} series: {reason}" for reason, n in account.refused.most_common()]
    told += [f"  skipped {n} lines: {reason}" for reason, n in account.skipped.most_common()]
    return "\n".join(told)
