"""Bytes from outside → a message: whatever a decoder has against them is the mistake of whoever sent them."""

import json
from collections.abc import Callable
from typing import TypeVar

from tsdbserver.errors import TsdbError

Message = TypeVar("Message")

UNREADABLE = (ValueError, OverflowError, RecursionError)
"""What decoders raise. msgspec's own DecodeError is a ValueError, as are bytes that are no UTF-8, an integer of
thousands of digits and an unknown msgpack extension; a body of a hundred thousand brackets is a RecursionError.
"""


def decoded(decode: Callable[[bytes], Message], body: bytes, refusal: Callable[[str], TsdbError]) -> Message:
    """What `decode` makes of `body`; if it cannot, the error that `refusal` makes of the reason."""
    try:
        return decode(body)
    except UNREADABLE as error:
        raise refusal(str(error)) from None


def without_rest(body: bytes) -> bytes:
    """The first JSON value of a body, which is all that OpenTSDB's library reads; the body itself if it begins with
    none.
    """
    try:
        text = body.decode().lstrip()
        end = _json.raw_decode(text)[1]
    except UNREADABLE:
        return body
    return text[:end].encode()


_json = json.JSONDecoder()
