"""Running scripts: all ways must agree with the script, and what does not is told by way."""

import pytest

from tests.scriptlang.__main__ import main
from tests.scriptlang.local_server import LocalServer
from tests.scriptlang.parser import parse
from tests.scriptlang.pending import read_pending
from tests.scriptlang.runner import Runner, WrongAnswer
from tests.scriptlang.servers import HttpServer

SCRIPT = """
load every 10s
    m{h=a}   1 2 3
eval 0s..29s sum:10s-sum:m
    {h=a}    1 2 3
"""


@pytest.fixture(scope="module")
def local():
    with LocalServer() as server:
        yield server


@pytest.fixture
def runner(local):
    with HttpServer(local.url) as server:
        yield Runner(server, {"engine": local.ask_engine}, local.set_clock)


def run(runner, text):
    for case in parse(text, "some.tsq"):
        runner.run(case)


def test_a_right_answer_passes(runner):
    run(runner, SCRIPT)


def test_a_wrong_answer_is_told_with_the_eval_the_ways_and_the_points(runner):
    with pytest.raises(WrongAnswer) as error:
        run(runner, SCRIPT.replace("1 2 3\neval", "1 2 4\neval"))

    assert str(error.value).splitlines() == [
        "some.tsq:4: eval 0s..29s sum:10s-sum:m",
        "asked by GET, POST, engine:",
        "    {h=a} at 20s: expected 3, got 4",
    ]


def test_ways_that_disagree_are_told_apart(runner, local):
    def ask_wrongly(question):
        return []

    with HttpServer(local.url) as server, pytest.raises(WrongAnswer) as error:
        run(Runner(server, {"broken": ask_wrongly}), SCRIPT)

    assert str(error.value).splitlines()[1:] == ["asked by broken:", "    {h=a}: not in the answer"]


WRONG = {
    "error expected": ("eval 0s..29s sum:m\n    error 400 x", "expected error 400 x, got 1 results"),
    "no error expected": ("eval 0s..29s nosuch:m\n    empty", "expected empty, got error 400 No such aggregation"),
    "error of another text": ("eval 0s..29s nosuch:m\n    error 400 fill", "expected error 400 fill, got error 400"),
    "tags": ("eval 0s..29s sum:m\n    {h=b}  1 2 3", "{h=b}: not in the answer"),
    "empty expected": ("eval 0s..29s sum:m\n    empty", "{h=a}: not expected, or not twice: 0s=1 10s=2 20s=3"),
}


@pytest.mark.parametrize("ask, line", WRONG.values(), ids=WRONG.keys())
def test_a_script_that_is_wrong_fails(runner, ask, line):
    with pytest.raises(WrongAnswer) as error:
        run(runner, f"load every 10s\n    m{{h=a}}  1 2 3\n{ask}")

    assert line in str(error.value)


def test_an_error_speaks_of_the_metric_by_the_name_it_has_in_the_script(runner):
    run(runner, "eval 0s..9s sum:nosuch\n    error 400 No such name for 'metrics': 'nosuch'")


def test_scripts_do_not_see_each_others_data(runner):
    run(runner, SCRIPT)
    run(runner, "load every 10s\n    m{h=b}  7\neval 0s..29s sum:10s-sum:m\n    {h=b}  7")


def test_a_write_that_is_refused_is_an_error(runner):
    with pytest.raises(OSError, match=r"POST /api/put.* answered 400"):
        run(runner, "load every 10s\n    m  1\neval 0s..9s sum:m\n    empty")


def test_the_command_tells_what_failed_and_how_many_passed(tmp_path, capsys):
    good, bad = tmp_path / "good.tsq", tmp_path / "bad.tsq"
    good.write_text(SCRIPT)
    bad.write_text(SCRIPT.replace("{h=a}    1", "{h=a}    9"))

    assert main([str(good)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed, 0 skipped\n"
    assert main([str(good), str(bad)]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "    {h=a} at 0s: expected 9, got 1",
        "1 passed, 1 failed, 0 skipped",
    ]


def test_the_command_refuses_a_script_that_it_cannot_read(tmp_path, capsys):
    (tmp_path / "bad.tsq").write_text("nonsense")

    assert main([str(tmp_path / "bad.tsq")]) == 2
    assert "bad.tsq:1: expected load" in capsys.readouterr().err


ELSEWHERE = """
load every 10s
    m{h=a}   1 2 3
eval 0s..29s sum:10s-sum:m
    {h=a}    1 2 3
unlike opentsdb: it does not
eval 0s..29s sum:10s-sum:m
    {h=a}    1 2 3
load digests every 10s
    d{h=a}   [1 2 3]
eval 0s..9s p50:10s-p50:d
    {h=a}    2
"""


def test_at_a_url_what_opentsdb_cannot_answer_is_skipped_by_name(local, tmp_path, capsys):
    script = tmp_path / "some.tsq"
    script.write_text(ELSEWHERE)

    assert main(["--url", local.url, str(script)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "some.tsq:7: skipped: it does not",
        "some.tsq:11: skipped: loads digests",
        "1 passed, 0 failed, 2 skipped",
    ]
    assert main(["--url", local.url, "--all", str(script)]) == 0
    assert capsys.readouterr().out == "3 passed, 0 failed, 0 skipped\n"


def test_pending_evals_have_reasons(tmp_path):
    listed = tmp_path / "pending.txt"
    listed.write_text("# not yet\ncalendar.tsq:7 months\n\n")

    assert read_pending(listed) == {"calendar.tsq:7": "months"}
    assert read_pending(tmp_path / "none.txt") == {}

    listed.write_text("calendar.tsq:7")
    with pytest.raises(ValueError, match="gives no reason"):
        read_pending(listed)


OPEN = """
load counters every 10s
    c{h=a}   100 100
eval 0s..59s sum:1m-avg:c.rate with now=59s
    {h=a}    10
eval 0s..59s sum:1m-avg:c.rate
    {h=a}    10/3
"""


def test_the_clock_shows_what_an_eval_says_and_goes_on_after_it(runner):
    run(runner, OPEN)


def test_a_clock_that_cannot_be_set_is_told(local, tmp_path, capsys):
    path = tmp_path / "some.tsq"
    path.write_text(OPEN, encoding="utf-8")
    with HttpServer(local.url) as server, pytest.raises(WrongAnswer, match="the clock of this server cannot be set"):
        run(Runner(server), OPEN)

    assert main(["--url", local.url, "--all", str(path)]) == 0
    assert "some.tsq:4: skipped: the clock of that server cannot be set" in capsys.readouterr().out
