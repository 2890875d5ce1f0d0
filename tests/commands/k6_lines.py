"""What `k6 run --out json` writes, in small."""

import json
import time

T0 = time.time_ns() // 10**9 // 60 * 60 - 600
"""Seconds: a full minute some minutes ago."""


def definitions():
    kinds = {"rt": "trend", "reqs": "counter", "vus": "gauge"}
    return b"".join(
        json.dumps({"type": "Metric", "metric": name, "data": {"name": name, "type": kind}}).encode() + b"\n"
        for name, kind in kinds.items()
    )


def point(metric, seconds, value):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(T0 + seconds))
    data = {"time": stamp, "value": value, "tags": {"scenario": "buy"}}
    return json.dumps({"metric": metric, "type": "Point", "data": data}).encode() + b"\n"


def interval(number):
    """Three samples in the ten seconds of this number."""
    return b"".join(point(metric, 10 * number + 1, 5) for metric in ("rt", "reqs", "vus"))


def capture(intervals=3):
    return definitions() + b"".join(map(interval, range(intervals)))
