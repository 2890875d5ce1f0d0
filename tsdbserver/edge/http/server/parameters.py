"""The query string, as OpenTSDB reads it."""

from aiohttp import web


def parameters(request: web.Request) -> dict[str, str]:
    """Each name with its value; of one that stands there twice, the last."""
    return {name: request.query.getall(name)[-1] for name in request.query}


def wants_json(request: web.Request) -> bool:
    """Whether a request outside the API asks for JSON: its address ends so, or `json` stands in its query string."""
    return "json" in request.query or request.path.endswith("json")
