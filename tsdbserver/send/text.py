"""Blocks of bytes, gzipped or not → lines."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 31
"""zlib's number for a gzip header and the largest window."""
_LONGEST_LINE = 1 << 20


class BadGzip(Exception):
    """A gzip stream that is cut short or damaged; all that stands before the fault was handed out."""


def inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks as they come, decompressed if they begin like gzip. BadGzip."""
    blocks, head = iter(blocks), b""
    while len(head) < len(GZIP_MAGIC) and (block := next(blocks, None)):
        head += block
    whole = chain([head], blocks)
    return _gunzipped(whole) if head.startswith(GZIP_MAGIC) else whole


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
    """The lines in bunches, without their ends, each as soon as it is whole. The last one may have no end."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            # Something without lines: it must not gather in memory.
            whole, rest = [*whole, rest], b""
        if whole:
            yield whole
    if rest:
        yield [rest]
