"""Child processes that always end, and that say why when they end too early."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOG_TAIL_LINES = 15


class ChildFailed(Exception):
    """A child process ended too early, with an error, or never did what was awaited."""


@dataclass(frozen=True)
class Child:
    """A running program; what it prints goes to its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def has_ended(self) -> bool:
        """Whether it ended well. One that ended with an error is an exception."""
        code = self.process.poll()
        if code:
            raise ChildFailed(f"{self.name} ended with exit code {code}:\n{self.last_words()}")
        return code == 0

    def wait(self, patience_s: float | None = None) -> None:
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            message = f"{self.name} did not end within {patience_s} s:\n{self.last_words()}"
            raise ChildFailed(message) from None
        self.has_ended()

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])

    def stop(self, patience_s: float = 10.0) -> None:
        """Ask it to end, and make it end if it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def running(
    name: str, command: Sequence[str | Path], log_folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Start a program and stop it at the end of the block.

    It gets a session of its own: a Ctrl-C in the terminal reaches only us, and we end the children in our order.
    """
    log = log_folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        child.stop()


def wait_until_listening(child: Child, port: int, patience_s: float = 30.0) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if child.has_ended():
            raise ChildFailed(f"{child.name} ended before it listened:\n{child.last_words()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise ChildFailed(f"{child.name} does not listen on port {port} after {patience_s:g} s:\n{child.last_words()}")


def free_port(wanted: int = 0) -> int:
    """The wanted port if nobody has it, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            if wanted == 0:
                raise
            return free_port()
        return int(probe.getsockname()[1])


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into a KeyboardInterrupt; later ones would only disturb the ending."""
    stopping = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in stopping:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in stopping}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
