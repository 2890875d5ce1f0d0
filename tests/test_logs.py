"""One line an event, whatever stands in it."""

import io
import json
import logging

import pytest

from tsdbserver.edge.core.recent_logs import RecentLogs
from tsdbserver.logs import JsonLines, TextLines, configure


def record(message, *arguments, exc_info=None, **fields):
    made = logging.LogRecord("tsdbserver.x", logging.WARNING, "", 0, message, arguments, exc_info)
    made.created = 1356998400.25
    if fields:
        made.fields = fields
    return made


def failed():
    try:
        raise ValueError("no\nluck")
    except ValueError as error:
        return (ValueError, error, error.__traceback__)


def test_json_has_the_event_and_its_fields():
    line = JsonLines().format(record("slow %s", "query", ms=12.5, plans=["a\nb"]))

    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2012-12-31T00:00:00.250Z".replace("2012-12-31", "2013-01-01"),
        "level": "warning",
        "logger": "tsdbserver.x",
        "message": "slow query",
        "ms": 12.5,
        "plans": ["a\nb"],
    }


def test_json_keeps_an_exception_in_its_line():
    line = JsonLines().format(record("failed", exc_info=failed()))

    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("ValueError: no\nluck")


def test_text_is_for_people():
    line = TextLines().format(record("slow query", ms=12.5, path="/api/query"))

    assert line == '2013-01-01T00:00:00.250Z WARNING tsdbserver.x slow query ms=12.5 path="/api/query"'


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\x1b[31mb", "a\u2028b", "a\x00b"])
def test_no_client_writes_lines_or_colours_of_its_own(text):
    line = TextLines().format(record("GET %s failed", text, path=text))

    assert line.isprintable()


def test_the_level_and_the_form_are_settings(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure("json", "warning")
        logging.getLogger("tsdbserver.x").info("no")
        logging.getLogger("tsdbserver.x").warning("yes")
    finally:
        root.handlers[:], root.level = before

    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["yes"]


def test_a_message_that_cannot_be_made_is_kept_as_it_stands():
    recent = RecentLogs()
    recent.handle(record("%d points", "no number"))

    assert [line.split("\t")[-1] for line in recent.lines()] == ["%d points"]
