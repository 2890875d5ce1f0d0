"""`tsdbserver ingest k6-json FILE…`: the same content counts once; what is not stored is told."""

import gzip
import signal
import subprocess
import sys
import time
from hashlib import sha256

import pytest

from tests.commands.k6_lines import T0, capture, definitions, interval, point
from tests.commands.scripted_server import ScriptedServer, listening
from tests.e2e.queries import Question, running_server
from tsdbserver.demo.processes import free_port
from tsdbserver.demo.queries import Span

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


def test_points_whose_tags_are_null_are_stored(tmp_path):
    null = capture().replace(b'"tags": {"scenario": "buy"}', b'"tags": null', 4)
    assert null.count(b'"tags": null') == 4
    with running_server(tmp_path) as url:
        code, said = ingest(url, written(tmp_path / "a.json", null))

        assert (code, "9 of 9 samples stored in 3 batches" in said, "skipped" in said) == (0, True, False)
        span = Span(T0 * 1000, T0 * 1000 + 60_000)
        assert Question("rt", "count").ask_whole(url, span) == {(): 3}


def marked(data):
    return b"\xef\xbb\xbf" + data


MARKED = {
    "at the beginning": marked(capture()),
    "and Windows' line ends": marked(capture()).replace(b"\n", b"\r\n"),
    "in a gzip member": gzip.compress(marked(capture())),
    "in each gzip member": gzip.compress(marked(capture(1)))
    + gzip.compress(marked(definitions() + interval(1) + interval(2))),
    "in files one after the other": marked(capture(1)) + marked(definitions() + interval(1) + interval(2)),
    "after a file without a last line end": marked(capture(1).rstrip())
    + marked(definitions() + interval(1) + interval(2)),
}


@pytest.mark.parametrize("data", MARKED.values(), ids=MARKED)
def test_a_byte_order_mark_is_ignored(tmp_path, data):
    script = ScriptedServer()
    with listening(script) as url:
        code, said = ingest(url, written(tmp_path / "a.json", data))

    assert (code, "9 of 9 samples stored in 3 batches" in said, "skipped" in said) == (0, True, False), said
    assert sum(batch["n"] for batch in script.batches) == 9


def test_a_byte_order_mark_makes_no_other_content(tmp_path):
    script = ScriptedServer()
    with listening(script) as url:
        assert ingest(url, written(tmp_path / "a", capture(1)), written(tmp_path / "b", marked(capture(1))))[0] == 0

    assert script.batches[0] == script.batches[1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_utf_16_is_an_error_that_says_so(tmp_path, encoding):
    script = ScriptedServer()
    with listening(script) as url:
        code, said = ingest(url, written(tmp_path / "a.json", capture().decode().encode(encoding)))

    assert (code, script.batches) == (1, [])
    assert "the text is UTF-16 or UTF-32, not UTF-8: convert it" in said


BROKEN = {
    "a last line that is cut": (capture()[:-20], 8, "cut short; the first is line 12: {"),
    "a point of a metric that was not defined": (point("new", 1, 1) + capture(), 9, "of a metric that was not defined"),
    "NaN as a text": (capture() + point("rt", 1, "NaN"), 9, "not finite; the first is line 13"),
    "no time": (capture() + point("rt", 1, 1).replace(b'"time"', b'"then"'), 9, "without a time that can be read"),
    "a number as the value of a tag": (
        capture() + point("rt", 1, 1).replace(b'"buy"', b"200"),
        9,
        "with tags that are not",
    ),
    "text that is not JSON": (capture() + b"garbage\n", 9, "not JSON; the first is line 13: garbage"),
    "zeros": (capture() + bytes(4096), 9, "unreadable"),
}


@pytest.mark.parametrize("data, stored, reason", BROKEN.values(), ids=BROKEN)
def test_a_sample_that_cannot_be_read_is_counted_and_no_success(tmp_path, data, stored, reason):
    with listening(ScriptedServer()) as url:
        code, said = ingest(url, written(tmp_path / "a.json", data))

    assert code == 1
    assert f"{stored} of {stored + 1} samples stored in 3 batches" in said
    assert f"skipped 1 lines: {reason}" in said


@pytest.mark.parametrize(
    "announced, length", [(b"{}", 4096), (b'{"name_length": 100}', 100), (b'{"name_length": 4500}', 4500)]
)
def test_names_are_shortened_to_what_the_server_takes(tmp_path, announced, length):
    hello = b'{"protocol": "tdigest", "versions": [1], "limits": %s}' % announced
    script = ScriptedServer(hello=(200, hello))
    value = "ü" * 5_000
    with listening(script) as url:
        code, said = ingest(url, written(tmp_path / "a.json", capture().replace(b'"buy"', f'"{value}"'.encode())))

    short = value[: length - 9] + "…" + sha256(value.encode()).hexdigest()[:8]
    assert code == 0
    assert all(short in batch["st"] and value not in batch["st"] for batch in script.batches)
    assert said.count("warning") == 1
    assert f"names longer than {length} characters are shortened, the first: the value of the tag 'scenario'" in said


def test_a_server_stores_what_was_too_long_for_it(tmp_path):
    long = capture().replace(b'"scenario"', b'"' + b"k" * 5_000 + b'"').replace(b'"rt"', b'"' + b"m" * 6_000 + b'"')
    with running_server(tmp_path) as url:
        code, said = ingest(url, written(tmp_path / "a.json", long))

    assert (code, "9 of 9 samples stored" in said) == (0, True)


def test_refusals_are_told_again_when_the_same_file_is_sent_again(tmp_path):
    with running_server(tmp_path) as url:
        assert ingest(url, written(tmp_path / "a", capture()))[0] == 0
        other = capture().replace(b'"trend"', b'"counter"')
        for _ in range(2):
            code, said = ingest(url, written(tmp_path / "b", other))

            assert code == 1
            assert "6 of 9 samples stored in 3 batches" in said
            assert "refused 3 series with 3 samples: metric 'k6.rt' holds distribution series, not counter" in said


def test_more_series_than_a_batch_holds_go_in_parts(tmp_path):
    hello = b'{"protocol": "tdigest", "versions": [1], "limits": {"series": 7}}'
    script = ScriptedServer(hello=(200, hello))
    points = [point(metric, 1, 1).replace(b'"buy"', b'"%d"' % i) for i in range(20) for metric in ("rt", "reqs", "vus")]
    with listening(script) as url:
        code, said = ingest(url, written(tmp_path / "a.json", definitions() + b"".join(points)))

    assert (code, "60 of 60 samples stored in 9 batches" in said) == (0, True)
    assert [len(batch["se"]) for batch in script.batches] == [7] * 8 + [4]
    assert [batch["seq"] for batch in script.batches] == [*range(1, 10)]
