"""An error as OpenTSDB spells it: `{"error": {"code": 400, "message": "…", "details": "…"}}`."""

import orjson


def render_error(status: int, message: str, details: str = "") -> bytes:
    """The body of an error answer; `details` is left out when empty."""
    error: dict[str, object] = {"code": status, "message": message}
    if details:
        error["details"] = details
    return orjson.dumps({"error": error})


def render_bare(message: str) -> bytes:
    """The body of an error outside the API, where a client asks for `json`."""
    return orjson.dumps({"err": message})
