"""`tsdbserver ingest k6-json FILE…`: the same content counts once; what is not stored is told."""

import gzip
import signal
import subprocess
import sys
import time

import pytest

from tests.commands.k6_lines import T0, capture
from tests.commands.scripted_server import ScriptedServer, listening
from tests.e2e.asking import Question, running_server
from tsdbserver.demo.processes import free_port
from tsdbserver.demo.questions import Span

INGEST = [sys.executable, "-m", "tsdbserver", "ingest", "k6-json"]


def ingest(url, *arguments):
    """(exit code, what it said)."""
    command = [*INGEST, *map(str, arguments), "--url", url]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def written(path, data):
    path.write_bytes(data)
    return path


def test_copies_count_once_whatever_their_name_and_packing(tmp_path):
    copies = [
        written(tmp_path / "a.json", capture()),
        written(tmp_path / "renamed.json", capture()),
        written(tmp_path / "a.json.gz", gzip.compress(capture(), 1)),
        written(tmp_path / "b.gz", gzip.compress(capture()[:100]) + gzip.compress(capture()[100:])),
    ]
    with running_server(tmp_path) as url:
        code, said = ingest(url, *copies)
        span = Span(T0 * 1000, T0 * 1000 + 60_000)

        assert code == 0
        assert said.count("9 of 9 samples stored in 3 batches, 3 of them stored before") == 3
        assert Question("rt", "count").ask_whole(url, span) == {(): 3}
        assert len(Question("vus", "sum", by=("instance",), slot="10s").ask(url, span)) == 3


def test_other_options_make_another_sender(tmp_path):
    script, file = ScriptedServer(), written(tmp_path / "a.json", capture(1))
    with listening(script) as url:
        for flags in ((), ("--prefix", "x."), ("--compression", "100"), ("--instance", "me"), ("--tag", "a=b")):
            assert ingest(url, file, *flags)[0] == 0

    assert len({batch["iid"] for batch in script.batches}) == 5
    assert "me" in script.batches[3]["st"]


def test_a_file_given_as_standard_input_is_a_file(tmp_path):
    script, file = ScriptedServer(), written(tmp_path / "a.json", capture(1))
    with listening(script) as url:
        assert ingest(url, file)[0] == 0
        with file.open("rb") as opened:
            subprocess.run([*INGEST, "-", "--url", url], stdin=opened, check=True, timeout=60)

    assert script.batches[0] == script.batches[1]


def test_of_a_file_that_is_cut_short_nothing_is_sent(tmp_path):
    script, file = ScriptedServer(), written(tmp_path / "a.json.gz", gzip.compress(capture())[:-10])
    with listening(script) as url:
        code, said = ingest(url, file)

    assert (code, script.batches) == (1, [])
    assert "the gzip stream is cut short: nothing is sent" in said
    assert "gzip -dc FILE | tsdbserver ingest k6-json -" in said


def test_a_file_without_samples_is_no_success_and_the_next_one_is_sent(tmp_path):
    script = ScriptedServer()
    files = written(tmp_path / "empty", b""), written(tmp_path / "a.json", capture())
    with listening(script) as url:
        code, said = ingest(url, *files)

    assert (code, len(script.batches)) == (1, 3)
    assert "no sample was read" in said


def test_refused_series_are_no_success(tmp_path):
    answer = b'{"ok": true, "dup": false, "series": 2, "refused": [[0, "another kind"]], "now": 0}'
    with listening(ScriptedServer(batch=(200, answer))) as url:
        code, said = ingest(url, written(tmp_path / "a.json", capture()))

    assert code == 1
    assert "6 of 9 samples stored in 3 batches" in said
    assert "refused 3 series with 3 samples: another kind" in said


def test_a_server_that_is_away_is_waited_for(tmp_path):
    script, port = ScriptedServer(), free_port()
    file = written(tmp_path / "a.json", capture())
    command = [*INGEST, str(file), "--url", f"http://127.0.0.1:{port}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Connection refused; trying again" in process.stderr.readline()
        with listening(script, port):
            assert process.wait(60) == 0

    assert len(script.batches) == 3


def test_a_server_that_stays_away_is_given_up_after_the_patience(tmp_path):
    began = time.monotonic()
    code, said = ingest("http://127.0.0.1:1", written(tmp_path / "a.json", capture()), "--patience", "2s")

    assert code == 1
    assert time.monotonic() - began > 2
    assert "http://127.0.0.1:1: Connection refused" in said
    assert "ssl:default" not in said


def test_a_server_that_goes_away_half_way_is_told_with_the_account(tmp_path):
    with listening(ScriptedServer(batch=(503, b""))) as url:
        code, said = ingest(url, written(tmp_path / "a.json", capture()), "--patience", "100ms")

    assert code == 1
    assert "0 of 9 samples stored in 0 batches" in said
    assert "not delivered: 3 batches with 9 samples" in said


@pytest.mark.parametrize("hello", [(404, b""), (200, b"<html>"), (401, b"who are you?")])
def test_a_wrong_server_is_told_before_anything_is_sent(tmp_path, hello):
    script = ScriptedServer(hello=hello)
    with listening(script) as url:
        code, said = ingest(url, written(tmp_path / "a.json", capture()))

    assert (code, script.batches) == (2, [])
    assert said.startswith("Error: http://127.0.0.1")
    assert "Traceback" not in said


def test_one_interrupt_stops_a_file_with_the_account(tmp_path):
    script, file = ScriptedServer(), written(tmp_path / "a.json", capture())
    with listening(script) as url:
        script.batch = (503, b"")
        with subprocess.Popen([*INGEST, str(file), "--url", url], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert "503; trying again" in process.stderr.readline()
            process.send_signal(signal.SIGINT)

            assert process.wait(60) == 130
            said = process.stderr.read()

    assert "samples stored in 0 batches" in said
    assert "interrupted: the rest is not sent; send the file again, what is stored counts once" in said
    assert "Traceback" not in said
