"""Digests a second that a server takes, end to end: `python -m tests.bench.bench_ingest`.

Batches of 1,000 series, each a digest of 50 centroids, encoded before the clock starts, posted one after another over a
kept connection to a server process.
"""

import asyncio
import gzip
import tempfile
from pathlib import Path
from time import perf_counter

import aiohttp
import numpy as np

from aggregators import fold
from tests.e2e.queries import running_server
from tsdbserver.model.batch import Batch, BatchKey, DistributionSeries, ScalarSeries
from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.series import SeriesKey
from tsdbserver.wire.batch.encoder import encode_batch

SERIES, CENTROIDS, BATCHES = 1_000, 50, 40
T0, IV = 1_700_000_040_000, 10_000
NAMES = [SeriesKey("k6.http_req_duration", (("name", f"GET /{i}"), ("scenario", "buy"))) for i in range(SERIES)]


def batch(number: int) -> bytes:
    random = np.random.default_rng(number)
    cells = np.repeat(np.arange(SERIES), CENTROIDS)
    digests = fold(cells, random.lognormal(3, 0.6, len(cells)), SERIES)
    counters, gauges = (
        ScalarSeries(kind, (), (), {name: np.empty(0) for name in FIELDS[kind]})
        for kind in (MetricKind.COUNTER, MetricKind.GAUGE)
    )
    key = BatchKey(b"bench-ingest-000", number + 1)
    distributions = DistributionSeries(NAMES, range(SERIES), digests)
    samples = SERIES * CENTROIDS
    return encode_batch(Batch(key, "", T0 + IV * number, IV, counters, gauges, distributions, samples, (), b""))


async def post(server: str, bodies: list[bytes], **headers: str) -> float:
    """Seconds for all bodies."""
    kind = {"Content-Type": "application/vnd.tdigest.v1+msgpack", **headers}
    async with aiohttp.ClientSession(server) as session:
        began = perf_counter()
        for body in bodies:
            async with session.post("/api/tdigest/v1/batch", data=body, headers=kind) as response:
                assert (await response.json())["series"] == SERIES
        return perf_counter() - began


def main() -> None:
    bodies = [batch(number) for number in range(BATCHES)]
    packed = [gzip.compress(body, 6) for body in bodies]
    for title, sent, headers in (("plain", bodies, {}), ("gzip", packed, {"Content-Encoding": "gzip"})):
        with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
            seconds = asyncio.run(post(server, sent, **headers))
        size = sum(map(len, sent)) / BATCHES / 1000
        print(f"{title:6} {SERIES * BATCHES / seconds:10,.0f} digests/s  ({size:.0f} kB a batch)")


if __name__ == "__main__":
    main()
