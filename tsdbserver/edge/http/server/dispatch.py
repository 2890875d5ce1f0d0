"""Request → row of the URL table → handler."""

from collections.abc import Callable, Iterable

from aiohttp import web

from tsdbserver.auth.access import Access
from tsdbserver.edge.http.server.address import Address, locate, row_of, without_version
from tsdbserver.edge.http.server.expectation import check_expectation
from tsdbserver.edge.http.server.route import Endpoint, Handler
from tsdbserver.errors import BadRequest, NoSuchMethod, NotFound
from tsdbserver.model.dialect import Profile

METHODS = frozenset(("GET", "POST", "PUT", "DELETE", "OPTIONS"))
_OVERRIDES = frozenset(("GET", "POST", "PUT", "DELETE"))
Permit = Callable[[web.Request, Access], None]
"""Raises unless who asks may do this."""

_ADDRESS = web.RequestKey("address", Address)
_PATH = web.RequestKey("path", str)
_ROW = web.RequestKey("row", str)


def address(request: web.Request) -> Address:
    """Where a request goes; the version in its path has not been looked at."""
    found = request.get(_ADDRESS)
    if found is None:
        found = request[_ADDRESS] = locate(request.path)
    return found


def profile(request: web.Request) -> Profile:
    """The mount through which a request came."""
    return address(request).profile


def row_path(request: web.Request) -> str:
    """The path of the row that a request reached, `none` if it reached none."""
    row: str = request.get(_ROW, "none")
    return row


def path_below(request: web.Request, row: str) -> str:
    """What follows the row's own path: `tsmeta` of `/api/v1/uid/tsmeta` below `/api/uid`."""
    return request[_PATH].removeprefix(row).strip("/")


class Dispatcher:
    """The URL table at work. An application's only handler, for all paths and methods; nothing is done before `permit`
    has agreed.
    """

    def __init__(self, endpoints: Iterable[Endpoint], permit: Permit) -> None:
        self._rows = {endpoint.path: endpoint for endpoint in endpoints}
        self._permit = permit

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as the row's handler does; NotFound, NoSuchMethod or BadRequest where there is none."""
        if request.method not in METHODS:
            return _refused()
        return await self._handler(request)(request)

    def endpoint(self, request: web.Request) -> Endpoint:
        """The row of a request; NotFound if no row is its path's."""
        path = request[_PATH] = without_version(address(request).path)
        row = row_of(path, self._rows)
        if row is None:
            raise NotFound("Endpoint not found" if address(request).is_api else "Page Not Found")
        request[_ROW] = row
        return self._rows[row]

    def _handler(self, request: web.Request) -> Handler:
        row = self.endpoint(request)
        check_expectation(request)
        _check_serializer(request)
        if request.method == "OPTIONS":
            raise NoSuchMethod("Method not allowed", "The HTTP method [OPTIONS] is not permitted")
        method = _overridden(request) if row.takes_override else request.method
        if method not in row.handlers:
            raise NoSuchMethod("Method not allowed", f"The HTTP method [{method}] is not permitted for this endpoint")
        self._permit(request, row.access_of(method))
        return row.handlers[method]


def _refused() -> web.Response:
    """OpenTSDB's answer to a method it has never heard of: no body, and the end of the connection."""
    response = web.Response(status=405)
    response.force_close()
    return response


def _overridden(request: web.Request) -> str:
    """The method that a GET asks to be taken for; any other request is what it is."""
    if request.method != "GET" or "method_override" not in request.query:
        return request.method
    method = request.query.getall("method_override")[-1].upper()
    if not method:
        raise NoSuchMethod("Missing method override value")
    if method not in _OVERRIDES:
        raise NoSuchMethod("Unknown or unsupported method override value")
    return method


def _check_serializer(request: web.Request) -> None:
    name = request.query.get("serializer", "json")
    if name != "json":
        raise BadRequest("Requested serializer was not found", f"Could not find a serializer with the name: {name}")
