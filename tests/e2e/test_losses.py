"""A real k6, its extension and `ingest k6-json`: nothing is lost for a long name, and what is lost is told."""

import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

from tsdbserver.demo.generators import K6_ENVIRONMENT
from tsdbserver.demo.queries import Span, post

SCRIPT = Path(__file__).with_name("long_names.js")
LETTERS = "xü日😀"


def short(text: str) -> str:
    return text if len(text) <= 4096 else text[:4087] + "…" + sha256(text.encode()).hexdigest()[:8]


def run_k6(k6: Path, url: str, file: Path, **environment: str) -> str:
    """What k6 says on standard error."""
    outputs = ["--out", f"tdigest={url}", "--out", f"json={file}"]
    command: list[str | Path] = [k6, "run", "--quiet", "--address", "", *outputs, SCRIPT]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**K6_ENVIRONMENT, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def ingest(file: Path, url: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tsdbserver", "ingest", "k6-json", str(file), "--url", url, "--prefix", "py."]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr


def sums(server: str, metric: str, span: Span, *tags: str) -> dict[tuple[str, ...], float]:
    filters = [{"type": "wildcard", "tagk": tag, "filter": "*", "groupBy": True} for tag in tags]
    query = {"metric": metric, "aggregator": "sum", "downsample": "0all-sum-none", "filters": filters}
    results = post(f"{server}/api/query", {"start": span.start, "end": span.end, "queries": [query]})
    return {tuple(result["tags"][tag] for tag in tags): sum(result["dps"].values()) for result in results}


def test_long_tag_values_are_shortened_alike_by_extension_and_ingest(k6: Path, server: str, tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    span = Span(now - 60_000, now + 600_000)

    said = run_k6(k6, server, tmp_path / "run.json")
    code, told = ingest(tmp_path / "run.json", server)

    assert said.count("names longer than the server takes are shortened") == 1
    assert "dropped=0" in said or "were lost" not in said
    assert (code, told.count("warning: names longer than 4096 characters are shortened")) == (0, 1), told
    expected = {(short(letter * 5000), short(letter * 4087 + end * 913)): 3.0 for letter in LETTERS for end in "ab"}
    assert sums(server, "k6.steps", span, "long", "end") == expected
    assert sums(server, "py.steps", span, "long", "end") == expected
    assert sums(server, "k6.waits", span, "long") == {(letter * 4096,): 15.0 for letter in LETTERS}


def test_samples_that_are_no_numbers_are_told_in_the_last_lines(k6: Path, server: str, tmp_path: Path) -> None:
    said = run_k6(k6, server, tmp_path / "run.json", ODD="1")

    assert said.count("samples are dropped (not finite), the first: k6.odd = +Inf at ") == 1
    (account,) = [line for line in said.splitlines() if "samples delivered in" in line]
    assert "level=warning" in account
    assert "lost: 3 not finite" in account
    assert "samples were lost: 3 not finite" in said
