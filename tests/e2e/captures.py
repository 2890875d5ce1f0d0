"""The two captures of `tests/data/k6`, cell by cell: what a table of exact answers holds, and the samples behind it."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.e2e.queries import Group
from tsdbserver.demo.exact import Truth, points
from tsdbserver.demo.queries import WHOLE_RUN, Span

Row = dict[str, Any]
"""A cell of the truth tables as their README describes it."""

FOLDER = Path(__file__).parents[1] / "data" / "k6"
CAPTURES = (FOLDER / "shop-gen-a.jsonl.gz", FOLDER / "shop-gen-b.jsonl.gz")


@dataclass(frozen=True)
class Table:
    """One of the truth's tables: its name there, the tags that tell its groups apart, and its slots."""

    name: str
    by: Group
    slot: str | None

    def group(self, row: Row) -> Group:
        if "file" in row:  # shop-gen-a.jsonl.gz is what the generator tagged instance=gen-a wrote
            return (row["file"].removeprefix("shop-").removesuffix(".jsonl.gz"),)
        tags = row.get("tags", {})
        return tuple(tags[tag] for tag in self.by if tag in tags)


MERGED = Table("by_metric_interval", (), "slots")
EACH_INSTANCE = Table("by_metric_file_interval", ("instance",), "slots")
EACH_REQUEST = Table("by_metric_tags_interval", ("scenario", "name", "status"), "slots")
WHOLE = Table("by_metric_whole_run", (), None)
TABLES = (MERGED, EACH_INSTANCE, EACH_REQUEST, WHOLE)


@dataclass(frozen=True)
class Cell:
    """One exact answer. `start` is the slot's start in milliseconds, 0 for the whole run."""

    group: Group
    start: int
    row: Row


@dataclass(frozen=True)
class Exact:
    """The truth for one slot width."""

    interval_ms: int
    tables: dict[str, list[Row]]
    types: dict[str, str]

    @property
    def span(self) -> Span:
        starts = [row["start_ms"] for row in self.tables[MERGED.name]]
        return Span(min(starts), max(starts) + self.interval_ms - 1)

    def slot(self, table: Table) -> str:
        return f"{self.interval_ms // 1000}s" if table.slot else WHOLE_RUN

    def cells(self, table: Table, metric: str) -> Iterator[Cell]:
        for row in self.tables[table.name]:
            if row["metric"] == metric:
                yield Cell(table.group(row), row.get("start_ms", 0), row)

    def by(self, table: Table, metric: str) -> Group:
        """The table's tags that this metric has: the captures give all samples of a metric the same of them."""
        tags = raw_points()[metric][0][1]
        return tuple(tag for tag in table.by if tag in tags)

    def samples(self, table: Table, metric: str) -> dict[tuple[Group, int], Truth]:
        """The raw samples behind every cell."""
        by = self.by(table, metric)
        found: dict[tuple[Group, int], list[float]] = defaultdict(list)
        for time_ms, tags, value in raw_points()[metric]:
            start = time_ms // self.interval_ms * self.interval_ms if table.slot else 0
            found[tuple(tags[tag] for tag in by), start].append(value)
        return {cell: Truth.of(values) for cell, values in found.items()}


@cache
def exact(interval_s: int) -> Exact:
    file = FOLDER / f"shop-truth-{interval_s}s.json"
    packed = file.with_name(file.name + ".gz")
    truth = json.loads(gzip.decompress(packed.read_bytes()) if packed.exists() else file.read_bytes())
    types = {metric: about["type"] for metric, about in truth["metrics"].items()}
    return Exact(truth["interval_ms"], truth, types)


@cache
def raw_points() -> dict[str, list[tuple[int, dict[str, str], float]]]:
    """Time in ms, tags and value of every sample, by metric."""
    found: dict[str, list[tuple[int, dict[str, str], float]]] = defaultdict(list)
    for capture in CAPTURES:
        for point in points(capture):
            data = point["data"]
            time_ms = int(np.datetime64(data["time"].removesuffix("Z"), "ns").astype(np.int64)) // 1_000_000
            found[point["metric"]].append((time_ms, data["tags"], data["value"]))
    return found
