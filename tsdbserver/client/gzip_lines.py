"""Blocks of bytes, gzipped or not → lines."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from tsdbserver.wire.k6.line_faults import MAX_LINE
from tsdbserver.wire.k6.lines import BYTE_ORDER_MARK

GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 31
"""zlib's number for a gzip header and the largest window."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{")
"""What UTF-16 begins with, with a byte order mark or without; UTF-32 as well."""


class BadInput(Exception):
    """An input that cannot be read, or not to its end: the message says why."""


class BadGzip(BadInput):
    """A gzip stream that is cut short or damaged; all that stands before the fault was handed out."""


class BadEncoding(BadInput):
    """A text that is not UTF-8 from its first bytes on; nothing was handed out."""


def inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks as they come, decompressed if they begin like gzip. BadGzip."""
    head, whole = _peek(blocks, len(GZIP_MAGIC))
    return _gunzipped(whole) if head.startswith(GZIP_MAGIC) else whole


def unmarked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks without a byte order mark at their beginning. BadEncoding if they begin like UTF-16 or UTF-32."""
    head, whole = _peek(blocks, len(BYTE_ORDER_MARK))
    if head.startswith(_UTF_16):
        raise BadEncoding(
            "the text is UTF-16 or UTF-32, not UTF-8: convert it, as with iconv -f UTF-16 -t UTF-8; nothing is sent"
        )
    if head.startswith(BYTE_ORDER_MARK):
        yield next(whole).removeprefix(BYTE_ORDER_MARK)
    yield from whole


def _peek(blocks: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first `size` bytes or more, fewer at the end, and all of the blocks."""
    blocks, head = iter(blocks), b""
    while len(head) < size and (block := next(blocks, None)) is not None:
        head += block
    return head, chain([head], blocks)


def _gunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(_GZIP)
    try:
        for block in blocks:
            yield stream.decompress(block)
            while rest := stream.unused_data.lstrip(b"\0"):
                stream = zlib.decompressobj(_GZIP)
                yield stream.decompress(rest)
    except zlib.error as error:
        raise BadGzip(f"the gzip stream is damaged: {error}") from None
    if not stream.eof:
        raise BadGzip("the gzip stream is cut short")


def lines(blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines in bunches, without their ends, each as soon as it is whole. The last one may have no end.

    Of a line that is longer than MAX_LINE only the beginning is handed out, with more than MAX_LINE bytes.
    """
    rest, skipping = b"", False
    for block in blocks:
        if skipping:
            _, end, new = block.partition(b"\n")
            if not end:
                continue
            skipping = False
        else:
            new = rest + block
        *whole, rest = new.split(b"\n")
        if len(rest) > MAX_LINE:
            # Something without lines: it must not gather in memory.
            whole, rest, skipping = [*whole, rest], b"", True
        if whole:
            yield whole
    if rest:
        yield [rest]
