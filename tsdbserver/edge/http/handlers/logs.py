"""`/logs`."""

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.parameters import wants_json
from tsdbserver.edge.http.server.responses import json_answer, text_answer


async def get_logs(request: web.Request) -> web.Response:
    """The last events, a line each, or a JSON list of such lines if the address asks for it. OpenTSDB's `level`, which
    changes what is logged, has no effect: that is a setting.
    """
    lines = services(request).logs.lines()
    return json_answer(lines) if wants_json(request) else text_answer("".join(f"{line}\n" for line in lines))
