"""What is left of the URL table where a server only reads or only writes."""

from collections.abc import Iterable, Iterator

from tsdbserver.auth.access import Access
from tsdbserver.edge.http.server.route import Endpoint

_REMOVED = {"rw": None, "ro": Access.WRITE, "wo": Access.READ}


def offered(endpoints: Iterable[Endpoint], mode: str) -> Iterator[Endpoint]:
    """The rows of a mode: `rw` has all, `ro` none that writes, `wo` none that reads what is stored. As in OpenTSDB,
    where the others do not exist, so that they are 404.
    """
    return (endpoint for endpoint in endpoints if endpoint.access is not _REMOVED[mode])
