"""What the server says that it holds."""

import time
from collections.abc import Iterable

import pytest

from tests.clients.tap import Key, Sent, Tap
from tsdbserver.demo.queries import QueryFailed, post


def stored(url: str, metrics: Iterable[str]) -> dict[Key, float]:
    """Every point of some metrics; nothing if one of them is not there yet."""
    queries = [{"metric": metric, "aggregator": "none"} for metric in sorted(set(metrics))]
    body = {"start": 1, "end": 9_999_999_999_999, "msResolution": True, "queries": queries}
    try:
        answer = post(f"{url}/api/query", body) if queries else []
    except QueryFailed:
        return {}
    return {
        (result["metric"], tuple(sorted(result["tags"].items())), int(time)): value
        for result in answer
        for time, value in result["dps"].items()
    }


def agree(url: str, tap: Tap, patience_s: float = 10.0) -> Sent:
    """Waits until the server holds all that went through the tap, and nothing else under those names.

    Telnet acknowledges nothing: a line that was sent is stored a moment later.
    """
    deadline = time.monotonic() + patience_s
    while True:
        sent = tap.sent()
        held = stored(url, [metric for metric, _, _ in sent.points])
        if held == pytest.approx(sent.points) or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert held == pytest.approx(sent.points)
    return sent
