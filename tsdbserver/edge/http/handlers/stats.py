"""`/api/stats` and what is below it, and `/stats`. Counting takes a while where there are many metrics, so that threads
do it.
"""

import asyncio

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.core.stats import stats, stats_lines
from tsdbserver.edge.http.server.dispatch import path_below
from tsdbserver.edge.http.server.parameters import wants_json
from tsdbserver.edge.http.server.responses import json_answer, text_answer

_OF_ITS_INSIDES: dict[str, object] = {
    "query": {"completed": [], "running": []},
    "jvm": {},
    "threads": [],
    "region_clients": [],
}
"""What OpenTSDB tells of itself that has no counterpart here, in its shape."""


async def get_stats(request: web.Request) -> web.Response:
    """The server's counts; below `/api/stats` those of its insides that OpenTSDB has."""
    below = path_below(request, "/api/stats").split("/")[0]
    if below in _OF_ITS_INSIDES:
        return json_answer(_OF_ITS_INSIDES[below])
    counts = await asyncio.to_thread(stats, services(request))
    return json_answer([point._asdict() for point in counts])


async def get_stats_page(request: web.Request) -> web.Response:
    """The counts as lines, or as a JSON list of such lines if the address asks for it."""
    lines = await asyncio.to_thread(stats_lines, services(request))
    return json_answer(lines) if wants_json(request) else text_answer("".join(f"{line}\n" for line in lines))
