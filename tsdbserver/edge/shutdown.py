"""The end of a server: what runs is answered, but not for ever."""

import asyncio
import logging
from contextlib import suppress

from aiohttp import web

logger = logging.getLogger(__name__)

_GRACE_S = 1.0
"""For what is cut off to be put away."""


async def stop(runner: web.AppRunner, within: float) -> None:
    """Let nobody else in, and answer what runs; after `within` seconds cut off what is left, and say so.

    Needs a runner whose `shutdown_timeout` is `within`: it gives its handlers up then, and theirs are the queries.
    """
    ending = asyncio.create_task(runner.cleanup())
    await asyncio.wait([ending], timeout=within)
    if not ending.done():
        logger.warning("connections are cut off", extra={"fields": {"after_ms": round(within * 1000)}})
        await asyncio.wait([ending], timeout=_GRACE_S)
    ending.cancel()
    with suppress(asyncio.CancelledError):
        await ending
