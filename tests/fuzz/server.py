"""A server that is watched while it is attacked: its log, its memory, and how long it leaves others waiting."""

import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_URL = re.compile(rb"http://([0-9.]+):([0-9]+)")
_FAULT = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b|Warning:")
FLAGS = ["--client-timeout=1s", "--keepalive=2s", "--telnet-idle=2s", "--query-timeout=5s", "--max-connections=500"]


class WatchedServer:
    """`python -m tsdbserver serve` on a free port. Use it as a context."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags
        self.door = ""
        """What is being attacked."""
        self.waits: list[tuple[float, str]] = []
        """Seconds that a bystander waited for each of its answers, and beside what."""
        self.peak = 0
        """Most memory that was seen, in bytes."""

    def __enter__(self) -> Self:
        self._log = Path(tempfile.mkdtemp(prefix="fuzz")) / "log"
        command = [sys.executable, "-m", "tsdbserver", "serve", "--listen", "127.0.0.1:0", *FLAGS, *self._flags]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self.address = self._found_address()
        self._stop = threading.Event()
        self._bystander = threading.Thread(target=self._stand_by, daemon=True)
        self._bystander.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._bystander.join()
        self._process.terminate()
        self._process.wait(30)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * 4096

    def faults(self) -> list[str]:
        """Lines of the log that should not be there, with what follows them."""
        lines = self._log.read_text(errors="replace").splitlines()
        return ["\n".join(lines[at : at + 40]) for at, line in enumerate(lines) if _FAULT.search(line)]

    def _found_address(self) -> tuple[str, int]:
        for _ in range(600):
            if found := _URL.search(self._log.read_bytes()):
                return found[1].decode(), int(found[2])
            if not self.is_alive:
                break
            time.sleep(0.05)
        raise RuntimeError(self._log.read_text())

    def _stand_by(self) -> None:
        """Ask for the version all the time."""
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        while not self._stop.wait(0.01):
            began = time.monotonic()
            try:
                connection.request("GET", "/api/version")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection.close()
                if not self.is_alive:
                    return
            self.waits.append((time.monotonic() - began, self.door))
            self.peak = max(self.peak, self.memory())
