"""What the tests ask the server, and how."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tsdbserver.demo.processes import free_port, running, wait_until_listening
from tsdbserver.demo.queries import WHOLE_RUN, Span, post

Group = tuple[str, ...]
"""The values of the tags that a query groups by, in the query's order."""

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@contextmanager
def running_server(folder: Path, *flags: str) -> Iterator[str]:
    """The URL of a server process with these flags, which knows nothing yet."""
    port = free_port()
    listen = f"127.0.0.1:{port}"
    with running("server", [sys.executable, "-m", "tsdbserver", "serve", "--listen", listen, *flags], folder) as child:
        wait_until_listening(child, port)
        try:
            yield f"http://{listen}"
        except Exception as error:
            error.add_note(f"The server's last words:\n{child.last_words()}")
            raise


@dataclass(frozen=True)
class Question:
    """A function over all samples of each group and slot."""

    metric: str
    function: str
    by: Sequence[str] = ()
    slot: str = WHOLE_RUN
    fill: str = "none"

    def body(self, span: Span) -> dict[str, Any]:
        filters = [{"type": "wildcard", "tagk": tag, "filter": "*", "groupBy": True} for tag in self.by]
        query = {
            "metric": f"k6.{self.metric}",
            "aggregator": self.function,
            "downsample": f"{self.slot}-{self.function}-{self.fill}",
            "filters": filters,
        }
        return {"start": span.start, "end": span.end, "msResolution": True, "queries": [query]}

    def ask(self, server: str, span: Span) -> dict[tuple[Group, int], float]:
        """The answers by group and slot (milliseconds since the epoch)."""
        return {
            (tuple(result["tags"][tag] for tag in self.by), int(time)): value
            for result in post(f"{server}/api/query", self.body(span))
            for time, value in result["dps"].items()
        }

    def ask_whole(self, server: str, span: Span) -> dict[Group, float]:
        """The answers of one slot that covers the span, by group."""
        return {group: value for (group, _), value in self.ask(server, span).items()}
