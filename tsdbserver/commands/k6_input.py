"""What `tsdbserver ingest k6-json` reads: files, which can be read twice, and pipes, which cannot."""

import os
import secrets
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count
from pathlib import Path

from tsdbserver.client.gzip_lines import BadGzip, BadInput, inflated, lines, unmarked
from tsdbserver.client.intervals import FoldSettings, IntervalFold
from tsdbserver.client.report import Account
from tsdbserver.model.batch import Batch, BatchKey
from tsdbserver.wire.k6.lines import K6Lines

_STDIN = 0
_BLOCK = 1 << 16
_FORMAT = b"3"
"""Part of a file's sender id: to be changed with anything that changes the batches made of the same content."""


def _unseen(_: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class K6Input:
    """An open file or pipe. Of a file we read what lies between `start` and `end`; a pipe has no `end`."""

    file: int
    start: int = 0
    end: int | None = None

    @property
    def flows(self) -> bool:
        """Whether it is a pipe: a program writes it at this moment, and it cannot be read again."""
        return self.end is None

    def batches(self, settings: FoldSettings, account: Account, progress: Callable[[int], None]) -> Iterator[Batch]:
        """The input as batches. OSError, or BadInput: of a file before its first batch, of a pipe after its last.

        Where `settings` name no instance, the tag is made of a file's content, or of the host's name and a random part.
        """
        k6_lines = account.lines = K6Lines(shared=self.flows)
        name = self._pipe_name() if self.flows else self._content_name()
        settings = replace(settings, instance=settings.instance or name.instance)
        numbers = count(1)
        sender = blake2b(_FORMAT + repr(settings).encode(), key=name.unique, digest_size=16).digest()
        folder = IntervalFold(settings, lambda: BatchKey(sender, next(numbers)), account.warn)
        fault: BadInput | None = None
        try:
            for bunch in lines(unmarked(inflated(self._blocks(progress)))):
                yield from folder.fold(k6_lines.samples(bunch))
        except BadInput as error:
            fault = error
            self._drain()
        yield from folder.close()
        if isinstance(fault, BadGzip):
            raise BadGzip(f"{fault}: what came before is sent")
        if fault is not None:
            raise fault

    def _blocks(self, progress: Callable[[int], None] = _unseen) -> Iterator[bytes]:
        if self.end is None:
            while block := os.read(self.file, _BLOCK):
                yield block
            return
        at = self.start
        while block := os.pread(self.file, min(_BLOCK, self.end - at), at):
            at += len(block)
            yield block
            progress(at - self.start)

    def _drain(self) -> None:
        """Whoever writes a pipe must not be killed by our leaving it."""
        for _ in self._blocks():
            pass

    def _content_name(self) -> "_Name":
        """The same content has the same name, however its file is called or packed. BadInput."""
        digest = blake2b(digest_size=32)
        try:
            for block in unmarked(inflated(self._blocks())):
                digest.update(block)
        except BadGzip as error:
            hint = "to send what can be read, unpack it into a pipe: gzip -dc FILE | tsdbserver ingest k6-json -"
            raise BadGzip(f"{error}: nothing is sent; {hint}") from None
        return _Name(digest.hexdigest()[:8], digest.digest())

    @staticmethod
    def _pipe_name() -> "_Name":
        return _Name(f"{socket.gethostname()}-{secrets.token_hex(2)}", secrets.token_bytes(32))


@dataclass(frozen=True, slots=True)
class _Name:
    """`instance` is the tag of gauges, `unique` what tells one sender from all others."""

    instance: str
    unique: bytes


@contextmanager
def opened(name: str) -> Iterator[K6Input]:
    """A file, or standard input for `-`. What is no regular file counts as a pipe, and the other way round."""
    if name == "-":
        yield _of(_STDIN)
        return
    with Path(name).open("rb", buffering=0) as file:
        yield _of(file.fileno())


def _of(file: int) -> K6Input:
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode):
        return K6Input(file)
    return K6Input(file, os.lseek(file, 0, os.SEEK_CUR), about.st_size)
