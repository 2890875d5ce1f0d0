"""The script on docs/wire-format.md runs as it is printed, but for the server's port."""

import re
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.queries import running_server
from tsdbserver.demo.queries import post

PAGE = Path(__file__).parents[3] / "docs" / "wire-format.md"


def test_the_script_on_the_page_stores_its_digest(tmp_path):
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    now = time.time_ns() // 1_000_000
    with running_server(tmp_path) as url:
        told = subprocess.run(
            [sys.executable, "-c", script.replace("http://127.0.0.1:4242", url)],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        question = {"start": now - 60_000, "end": now + 60_000, "queries": [
            {"metric": "my.latency", "aggregator": "count", "downsample": "0all-count"}]}  # fmt: skip
        (answer,) = post(f"{url}/api/query", question)

    assert "'series': 1, 'refused': []" in told.stdout
    assert [*answer["dps"].values()] == [4]
