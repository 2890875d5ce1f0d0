"""`/api/tree/…`: OpenTSDB sorts series into trees by rules. Nobody can write such rules here, so there are no trees."""

from aiohttp import web

from tsdbserver.edge.http.server.dispatch import path_below
from tsdbserver.edge.http.server.parameters import parameters
from tsdbserver.edge.http.server.responses import json_answer
from tsdbserver.errors import BadRequest, NotFound

_OF_A_TREE = frozenset(("collisions", "notmatched", "rule", "rules", "test"))


async def get_tree(request: web.Request) -> web.Response:
    """GET: all trees, of which there are none, or one of them or of its parts, which is not there."""
    part, asked = path_below(request, "/api/tree").split("/")[0], parameters(request)
    tree = asked.get("treeid", "")
    if part == "branch":
        raise _no_branch(asked.get("branch") or tree)
    if part and part not in _OF_A_TREE:
        raise NotFound("This endpoint is not supported")
    if tree:
        raise NotFound(f"Unable to locate tree: {tree}")
    if part:
        raise BadRequest("Missing or invalid Tree ID")
    return json_answer([])


def _no_branch(branch: str) -> BadRequest | NotFound:
    if not branch:
        return BadRequest("Missing or invalid branch and tree IDs")
    return NotFound(f"Unable to locate branch '{branch}'")
