"""Children of the demo and of the end-to-end tests always end, and say why when they end too early."""

import socket
import sys
import time
from pathlib import Path

import pytest

from tsdbserver.demo.processes import ChildFailed, free_port, running, wait_until_listening

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
FAILS = [sys.executable, "-c", "import sys; sys.exit('no space left on the moon')"]
WILL_NOT_STOP = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


def test_a_child_ends_with_its_block(tmp_path: Path) -> None:
    with running("sleeper", SLEEPS, tmp_path) as child:
        assert not child.has_ended()

    assert child.process.poll() is not None


def test_a_child_ends_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), running("sleeper", SLEEPS, tmp_path) as child:
        raise ZeroDivisionError

    assert child.process.poll() is not None


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    with running("deaf", WILL_NOT_STOP, tmp_path) as child:
        while "deaf" not in child.last_words():
            time.sleep(0.01)
        child.stop(patience_s=0.1)

        assert child.process.poll() == -9


def test_a_failed_child_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with running("astronaut", FAILS, tmp_path) as child, pytest.raises(ChildFailed, match="no space left on the moon"):
        child.wait(10)


def test_waiting_for_a_port_ends_with_the_child(tmp_path: Path) -> None:
    with running("astronaut", FAILS, tmp_path) as child, pytest.raises(ChildFailed, match="astronaut ended"):
        wait_until_listening(child, free_port())


def test_another_port_is_found_when_the_wanted_one_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert free_port(port) not in (0, port)
