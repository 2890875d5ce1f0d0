"""`make demo`, as a person at a terminal and as a script would run it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE_S = 90


@contextmanager
def demo(k6: Path, folder: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """The demo, with its temporary files in a folder of ours, so that its children can be told by it."""
    command: list[str | Path] = [sys.executable, "-m", "tsdbserver.demo", "--k6", k6, *flags]
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def processes_of(folder: Path) -> list[str]:
    """Command lines of running programs that write into the folder: open files tell a child of the demo."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(folder) in str(link.readlink()) for link in (process / "fd").iterdir()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended meanwhile, or is another user's
            continue
    return found


def test_once_ends_well_after_the_tables(k6: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture" / "demo.svg"
    with demo(k6, tmp_path, "--once", "--duration", "12", "--svg", str(picture)) as process:
        said, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0, said
    assert "Whose p99 of http_req_duration is true?" in said
    assert "DIFFERS" not in said
    assert "merged" in picture.read_text()
    assert processes_of(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks for left-over processes in /proc")
def test_ctrl_c_ends_everything_without_a_traceback(k6: Path, tmp_path: Path) -> None:
    with demo(k6, tmp_path, "--duration", "60") as process:
        deadline = time.monotonic() + PATIENCE_S
        while not any("shop.js" in command for command in processes_of(tmp_path)):
            assert time.monotonic() < deadline, "k6 never started"
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130
    assert "Stopped" in said
    assert "Traceback" not in said
    assert processes_of(tmp_path) == []
