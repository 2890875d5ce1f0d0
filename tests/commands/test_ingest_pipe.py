"""`k6 … | tsdbserver ingest k6-json -`: whatever happens to the server, the program that writes is not held up."""

import gzip
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from tests.commands.k6_lines import capture, definitions, interval
from tests.commands.scripted_server import ScriptedServer, listening
from tsdbserver.demo.processes import free_port

INGEST = [sys.executable, "-m", "tsdbserver", "ingest", "k6-json", "-"]
PIPE = subprocess.PIPE


class Pipe:
    """An ingest that we write to, and what it says, line by line."""

    def __init__(self, process) -> None:
        self.process = process
        self.said: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def wait_for(self, text: str) -> None:
        """Until it said so."""
        with self._changed:
            heard = self._changed.wait_for(lambda: any(text in line for line in self.said), 60)
        assert heard, self.said

    def end(self) -> tuple[int, str]:
        """(exit code, all it said) when it has read all."""
        self.process.stdin.close()
        code = self.process.wait(120)
        self._reader.join()
        return code, "\n".join(self.said)

    def _listen(self) -> None:
        for line in self.process.stderr:
            with self._changed:
                self.said.append(line.decode().rstrip("\n"))
                self._changed.notify_all()


@contextmanager
def piped(url, *flags):
    with subprocess.Popen([*INGEST, "--url", url, *flags], stdin=PIPE, stderr=PIPE) as process:
        try:
            yield Pipe(process)
        finally:
            process.kill()


def test_intervals_are_sent_while_the_writer_goes_on():
    script = ScriptedServer()
    with listening(script) as url, piped(url) as pipe:
        pipe.write(definitions() + interval(0) + interval(1) + interval(2))
        while len(script.batches) < 2:
            assert pipe.process.poll() is None

        code, said = pipe.end()

    assert (code, len(script.batches)) == (0, 3)
    assert said == "-: 9 of 9 samples stored in 3 batches"


def test_a_server_that_comes_late_gets_all_of_it():
    script, port = ScriptedServer(), free_port()
    with piped(f"http://127.0.0.1:{port}") as pipe:
        pipe.wait_for("Connection refused; trying again")
        pipe.write(capture(50))
        with listening(script, port):
            pipe.wait_for("the server is back")
            code, said = pipe.end()

    assert code == 0
    assert "150 of 150 samples stored in 50 batches" in said
    assert [batch["seq"] for batch in script.batches] == [*range(1, 51)]
    assert said.count("Connection refused") == said.count("is back") == 1


def test_a_server_that_goes_away_holds_nobody_up_and_is_given_up_after_the_end():
    script = ScriptedServer()
    with listening(script) as url, piped(url, "--patience", "1s") as pipe:
        pipe.write(definitions() + interval(0))
        pipe.write(interval(2))
        while not script.batches:
            assert pipe.process.poll() is None
        script.batch = (503, b"")
        pipe.write(b"".join(map(interval, range(3, 600))))  # more than a pipe holds

        code, said = pipe.end()

    assert code == 1
    assert said.count("answers with status 503; trying again") == 1
    assert "3 of 1797 samples stored in 1 batches" in said
    assert "not delivered: 598 batches with 1794 samples: " in said


REFUSALS = {401: "answered 401", 404: "answered 404", 200: "is not a tsdbserver"}


@pytest.mark.parametrize("status, message", REFUSALS.items())
def test_after_a_refusal_for_good_the_pipe_is_read_to_its_end(status, message):
    script = ScriptedServer(batch=(status, b"<html>"))
    with listening(script) as url, piped(url) as pipe:
        pipe.write(definitions() + interval(0) + interval(2))
        while not script.batches:
            assert pipe.process.poll() is None
        pipe.write(b"".join(map(interval, range(3, 600))))

        code, said = pipe.end()

    assert (code, len(script.batches)) == (1, 1)
    assert "not delivered: 599 batches with 1797 samples" in said
    assert message in said


def test_a_wrong_server_is_refused_before_anything_is_read():
    with listening(ScriptedServer(hello=(404, b""))) as url, piped(url) as pipe:
        assert pipe.process.wait(60) == 2

        assert "is not a tsdbserver" in pipe.end()[1]


def test_the_first_interrupt_is_k6s_and_all_is_delivered():
    script = ScriptedServer()
    with listening(script) as url, piped(url) as pipe:
        pipe.write(definitions() + interval(0) + interval(2))
        while not script.batches:
            assert pipe.process.poll() is None
        pipe.process.send_signal(signal.SIGINT)
        pipe.wait_for("reading on until k6 has ended")
        pipe.write(interval(3))

        code, said = pipe.end()

    assert code == 0
    assert "9 of 9 samples stored in 3 batches" in said


def test_the_second_interrupt_ends_it_with_the_account():
    script = ScriptedServer()
    with listening(script) as url, piped(url) as pipe:
        pipe.write(definitions() + interval(0) + interval(2) + interval(4))
        while len(script.batches) < 2:
            assert pipe.process.poll() is None
        pipe.process.send_signal(signal.SIGINT)
        pipe.wait_for("once more to stop at once")
        pipe.process.send_signal(signal.SIGINT)
        assert pipe.process.wait(60) == 130

        said = pipe.end()[1]

    assert re.search("[36] of 6 samples stored in [12] batches", said)
    assert "interrupted: the rest is not sent" in said
    assert "Traceback" not in said


def test_a_gzipped_pipe_is_unpacked():
    script = ScriptedServer()
    with listening(script) as url, piped(url) as pipe:
        pipe.write(gzip.compress(capture()))

        assert pipe.end() == (0, "-: 9 of 9 samples stored in 3 batches")


def test_of_a_gzipped_pipe_that_is_cut_all_before_the_cut_is_sent():
    packed = gzip.compress(capture(), 0)
    with listening(ScriptedServer()) as url, piped(url) as pipe:
        pipe.write(packed[:-20])
        code, said = pipe.end()

    assert code == 1
    assert "8 of 8 samples stored in 3 batches" in said
    assert "the gzip stream is cut short: what came before is sent" in said


def test_a_pipe_without_samples_is_no_success():
    with listening(ScriptedServer()) as url, piped(url) as pipe:
        pipe.write(b"running (1m02s), 10/10 VUs\n")
        code, said = pipe.end()

    assert code == 1
    assert "skipped 1 lines: not JSON" in said
    assert "no sample was read" in said


def test_a_sample_that_cannot_be_read_is_counted_and_no_success():
    odd = b'{"metric":"rt","type":"Point","data":{"time":"2026-11-22T01:01:56Z","value":1,"tags":{"a":1}}}\n'
    with listening(ScriptedServer()) as url, piped(url) as pipe:
        pipe.write(definitions() + odd + interval(0) + odd)
        code, said = pipe.end()

    assert code == 1
    assert "3 of 5 samples stored in 1 batches" in said
    assert 'skipped 2 lines: with tags that are not texts; the first is line 4: {"metric":"rt"' in said


def test_k6s_summary_in_the_pipe_is_no_loss():
    with listening(ScriptedServer()) as url, piped(url) as pipe:
        pipe.write(definitions() + interval(0) + "  █ TOTAL RESULTS\n\n  checks...: 100.00%\n".encode())
        code, said = pipe.end()

    assert code == 0
    assert "3 of 3 samples stored in 1 batches" in said
    assert "skipped 2 lines: not JSON; the first is line 7: █ TOTAL RESULTS" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_byte_order_mark_in_a_pipe(encoding):
    script = ScriptedServer()
    with listening(script) as url, piped(url) as pipe:
        pipe.write(capture(2000).decode().encode(encoding))
        code, said = pipe.end()

    if encoding == "utf-8-sig":
        assert (code, said) == (0, "-: 6000 of 6000 samples stored in 2000 batches")
    else:
        assert (code, script.batches) == (1, [])
        assert "the text is UTF-16 or UTF-32, not UTF-8: convert it" in said


def test_each_pipe_is_a_sender_of_its_own_and_its_gauges_bear_the_hosts_name():
    script = ScriptedServer()
    with listening(script) as url:
        for _ in range(2):
            with piped(url) as pipe:
                pipe.write(capture(1))
                assert pipe.end()[0] == 0

    first, second = script.batches
    assert first["iid"] != second["iid"]
    assert set(first["st"]) != set(second["st"])
