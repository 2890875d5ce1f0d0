"""Questions to the server, all of them through `POST /api/query`."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

WHOLE_RUN = "0all"
"""One slot from the query's start to its end."""


class QueryFailed(Exception):
    """The server refused a question or does not answer."""


@dataclass(frozen=True)
class Span:
    """Milliseconds since the epoch."""

    start: int
    end: int


def post(url: str, body: object) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise QueryFailed(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from None
    except OSError as error:
        raise QueryFailed(f"{url} does not answer: {error}") from None


def query_body(function: str, metric: str, span: Span, by: str | None = None, slot: str = WHOLE_RUN) -> dict[str, Any]:
    """`function` over all samples of each group and slot: a percentile, count, avg, sum, min or max."""
    query: dict[str, Any] = {"aggregator": function, "metric": metric, "downsample": f"{slot}-{function}"}
    if by:
        query["filters"] = [{"type": "wildcard", "tagk": by, "filter": "*", "groupBy": True}]
    return {"start": span.start, "end": span.end, "queries": [query]}


@dataclass(frozen=True)
class Server:
    url: str
    span: Span

    def number(self, function: str, metric: str) -> float:
        """One number for all series of the metric together."""
        (value,) = self.numbers(function, metric).values()
        return value

    def numbers(self, function: str, metric: str, by: str | None = None) -> dict[str, float]:
        """One number for each value of the tag `by`."""
        results = post(f"{self.url}/api/query", query_body(function, metric, self.span, by))
        return {result["tags"][by] if by else "": float(*result["dps"].values()) for result in results}
