"""`Expect: 100-continue`: a client that sends a body only when it is asked to.

aiohttp asks before anybody has looked at the request. Here whoever reads the body asks for it, so that a request that
is refused by its head alone is refused at once.
"""

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.typedefs import Handler

from tsdbserver.edge.http.server.connection import HttpConnection
from tsdbserver.errors import BadRequest, ExpectationFailed

_CONTINUE = "100-continue"
_INVITED = web.RequestKey("invited", bool)


async def leave(_request: web.Request) -> None:
    """In the place of aiohttp's handler of expectations: does nothing yet."""


def check_expectation(request: web.Request) -> None:
    """ExpectationFailed for anything but `100-continue`."""
    expected = _expected(request)
    if expected not in ("", _CONTINUE):
        raise ExpectationFailed(f"unknown expectation '{expected}': this server knows {_CONTINUE}")


async def invite(request: web.Request) -> None:
    """Ask for the body if the client waits for that. BadRequest if it has hung up."""
    if _expected(request) == _CONTINUE and not request.get(_INVITED, False):
        request[_INVITED] = True
        try:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        except ConnectionError:
            raise BadRequest("the client hung up before it was asked for the body") from None
        request.writer.output_size = 0  # aiohttp counts the bytes of the answer, which this is not


@web.middleware
async def expectations_met(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware: the answer to a body that nobody asked for ends the connection, on which it may come all the same."""
    response = await handler(request)
    if _expected(request) and not request.get(_INVITED, False) and not request.content.is_eof():
        response.force_close()
        if isinstance(request.protocol, HttpConnection):
            request.protocol.end_soon()
    return response


def _expected(request: web.Request) -> str:
    """What a request expects, in lower case. HTTP/1.0 knows no expectations (RFC 9110, 10.1.1)."""
    if request.version < HttpVersion11:
        return ""
    return ", ".join(request.headers.getall(hdrs.EXPECT, ())).strip().lower()
