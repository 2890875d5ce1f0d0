"""A row of the URL table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from tsdbserver.auth.access import Access

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers at `path` (lower case, without version and slash at its end), by method.

    Below the first name of a path, or the second under `/api`, everything belongs to that name's endpoint but for what
    has a row of its own: `/api/query/x` is `/api/query`. `takes_override`: a GET may name another method in its query
    string.
    """

    path: str
    handlers: Mapping[str, Handler]
    access: Access = Access.READ
    takes_override: bool = False
    get_access: Access | None = None
    """What a GET does, where other methods do something else."""

    def access_of(self, method: str) -> Access:
        """What a method does."""
        return self.get_access or self.access if method == "GET" else self.access


def endpoint(
    path: str,
    get: Handler | None = None,
    post: Handler | None = None,
    put: Handler | None = None,
    delete: Handler | None = None,
    access: Access = Access.READ,
    takes_override: bool = False,
    get_access: Access | None = None,
) -> Endpoint:
    """A row with the handlers that it has."""
    handlers = {"GET": get, "POST": post, "PUT": put, "DELETE": delete}
    given = {method: handler for method, handler in handlers.items() if handler is not None}
    return Endpoint(path, given, access, takes_override, get_access)
