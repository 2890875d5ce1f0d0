"""k6, twice: two generators that share one test, half of it each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("shop.js")
SEGMENTS = "0,1/2,1"

K6_ENVIRONMENT: Mapping[str, str] = {
    "K6_AUTO_EXTENSION_RESOLUTION": "false",  # this very binary, not one from a build service
    "K6_NO_USAGE_REPORT": "true",
}


@dataclass(frozen=True)
class Generator:
    """One k6 process: which half of the test it runs, and over which line it reaches the shop."""

    name: str
    segment: str
    line: str
    folder: Path

    @property
    def summary_file(self) -> Path:
        return self.folder / f"{self.name}.summary.json"

    @property
    def raw_file(self) -> Path:
        return self.folder / f"{self.name}.json"

    def command(self, k6: Path, server_url: str, shop_url: str, duration_s: int) -> list[str | Path]:
        script_variables = {"BASE": shop_url, "DURATION": f"{duration_s}s", "LINE": self.line}
        return [
            *(k6, "run", "--quiet", "--address", ""),
            *("--out", f"tdigest={server_url}", "--out", f"json={self.raw_file}"),
            *("--execution-segment", self.segment, "--execution-segment-sequence", SEGMENTS),
            *("--tag", f"instance={self.name}"),
            *("--summary-export", self.summary_file),
            *(part for name, value in script_variables.items() for part in ("--env", f"{name}={value}")),
            SCRIPT,
        ]

    def summary(self) -> "Summary":
        return Summary(json.loads(self.summary_file.read_text())["metrics"])


def two_generators(folder: Path) -> tuple[Generator, Generator]:
    return Generator("gen-a", "0:1/2", "near", folder), Generator("gen-b", "1/2:1", "far", folder)


@dataclass(frozen=True)
class Summary:
    """What one k6 process says about its own half at the end (`--summary-export`)."""

    metrics: Mapping[str, Mapping[str, Any]]

    def trend(self, metric: str, scenario: str | None = None) -> "Mapping[str, float] | None":
        """The summary's statistics by our functions' names; of one scenario only if the script named it."""
        found = self.metrics.get(f"{metric}{{scenario:{scenario}}}" if scenario else metric)
        return found and {function: found[stat] for function, stat in STATS.items()}

    def total(self, metric: str) -> float:
        """A counter's sum, or how often a rate was asked."""
        values = self.metrics[metric]
        return float(values["count"] if "count" in values else values["passes"] + values["fails"])


STATS: Mapping[str, str] = {
    "count": "count",
    "p50": "med",
    "p90": "p(90)",
    "p95": "p(95)",
    "p99": "p(99)",
    "max": "max",
}
