"""Any bytes on the doors for plain points: an answer, and the same one by the quick way and by the exact one."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tsdbserver.app import SECURITY, build_app
from tsdbserver.edge.core.services import SERVICES
from tsdbserver.edge.telnet.commands import COMMANDS
from tsdbserver.edge.telnet.session import LineDoor, Session
from tsdbserver.errors import BadRequest
from tsdbserver.model.time import MAX_TIMESTAMP_MS, TimeSpan
from tsdbserver.settings.table import Settings
from tsdbserver.wire.points.fast_put_head import read_head
from tsdbserver.wire.points.put_json import Outcome, PutOptions, parse_put, render_outcome
from tsdbserver.wire.points.telnet_lines import MAX_LINE, LineSplitter

CORPUS_LINES = [
    b"put m 1356998400 1 a=b", b"put m 1356998400.5 1 a=b", b"put m 1,2 1 a=b", b"put m 1 1,2 a=b", b"put m 1 [1] a=b",
    b"put m 1e3 1 a=b", b"put m 007 1 a=b", b"put m 1 9223372036854775808 a=b", b"put m 1 -9223372036854775808 a=b",
    b"put m 1 1e30 a=b", b"put m 1 1e999 a=b", b"put m 1 true a=b", b"put m 1 null a=b", b'put m 1 "1" a=b',
    b"put m 99999999999999 1 a=b", b"put m 1 1 a=b c", b"put m 1 1 a=b  a=b", b"put m 1 1 ", b"put m 1 1", b"put", b"",
    b"put  1 1 a=b", b"put m\t1 1 1 a=b", b"put m 1 \t1 a=b", b"put m 1 1 a=\xe9", b"put m 1 1 a=\xc3\xa9", b"exit now",
    b"put m 1 1 a=b\r", b"stats x", b"auth x", b"put " + b"m" * 1_100 + b" 1 1 a=b", b"put m 1 1 " + b"a=b " * 9,
]  # fmt: skip
word = st.one_of(
    st.sampled_from([b"put", b"m", b"1", b"1.5", b"-1", b"1e5", b"a=b", b"c=d", b"a=c", b"", b"1356998400", b"NaN"]),
    st.binary(max_size=6),
)
line = st.one_of(
    st.sampled_from(CORPUS_LINES),
    st.builds(b"put m%b %d %b h=%b".__mod__, st.tuples(
        st.sampled_from([b"", b"2"]), st.integers(-1, 9), st.sampled_from([b"1", b"2.5", b"-3e0", b"x"]),
        st.sampled_from([b"a", b"b", b""]))),
    st.lists(word, max_size=8).map(b" ".join),
)  # fmt: skip
ALWAYS = TimeSpan(0, MAX_TIMESTAMP_MS)


def door():
    """The parts of a server that nothing was written to, and a session with it."""
    app = build_app(Settings())
    return app[SERVICES], Session(LineDoor(app[SERVICES], COMMANDS, app[SECURITY].tokens, 1))


def stored(parts):
    """{(metric, tags): {time: value}} of all that is stored."""
    found = {}
    for metric in parts.catalog.metrics():
        series = parts.reader.select(metric.name, [])
        columns = parts.reader.numbers(series, ALWAYS)
        for at in range(len(series)):
            span = slice(columns.edges[at], columns.edges[at + 1])
            points = zip(columns.times[span].tolist(), columns.values[span].tolist(), strict=True)
            found[metric.name, tuple(sorted(series.tags_of(at).items()))] = dict(points)
    return found


def talked(groups):
    """What a new session says to groups of lines until it hangs up, but for the counts; and what is stored then."""
    parts, session = door()
    said = b""
    for group in groups:
        reply, goes_on = session.answer(group)
        said += reply
        if not goes_on:
            break
    return [one for one in said.split(b"\n") if not one.startswith(b"tsd.")], stored(parts)


@settings(deadline=None, max_examples=50)  # each example builds two servers
@given(st.lists(line.filter(lambda text: b"\n" not in text), max_size=30))
@example(CORPUS_LINES)
@example([one for one in CORPUS_LINES if not one.startswith(b"exit")])
def test_lines_together_are_answered_as_each_alone(lines):
    assert talked([lines]) == talked([[one] for one in lines])


@given(st.binary(max_size=200), st.lists(line, max_size=9), st.lists(st.integers(1, 60), min_size=1, max_size=9))
def test_lines_are_the_same_however_their_bytes_come(junk, lines, sizes):
    data = junk + b"\n" + b"\n".join(lines) + b"\n"
    splitter, found, at = LineSplitter(), [], 0
    while at < len(data):
        size = sizes[at % len(sizes)]
        found += splitter.feed(data[at : at + size])
        at += size

    assert found == [one for one in data.replace(b"\r\n", b"\n").split(b"\n")[:-1] if len(one) <= MAX_LINE]


@given(st.lists(st.integers(0, 5 * MAX_LINE), max_size=5))
def test_the_beginning_of_a_line_takes_no_more_memory_than_a_line(sizes):
    splitter = LineSplitter()
    for size in sizes:
        assert splitter.feed(b"x" * size) == []
        assert len(splitter._begun) <= MAX_LINE + 1


USUAL = '{{"metric":"m","timestamp":{},"value":{},"tags":{{"a":"b"}}}}'
TEXT = USUAL.format(1, '"2"')
number = st.sampled_from(
    ["1", "-1", "1.5", "1e3", "9223372036854775808", "1e30", "1e999", "-0", "0", '"5"', '"x"', '""', "null", "true",
     "NaN", "+INF", "-Infinity", "INF", "{}", "[1]", "1356998400", "99999999999999", "1" * 30]
)  # fmt: skip
name = st.sampled_from(
    ['"m"', '"m2"', '""', '"a b"', "null", "5", '"\\ud800"', '"\\u00e9"', '"gr\\u00f6\\u00dfe"', "[]"]
)
tags = st.sampled_from(
    ['{"a":"b"}', '{"a": "b"}', '{"a":"c"}', "{}", "null", '{"a":null}', '{"a":5}', '{"a":{}}', '{"":"x"}', "[]", '"x"',
     '{"a":"b","a":"c"}', '{"a":"\\ud800"}', "{" + ",".join(f'"t{i}":"v"' for i in range(9)) + "}", '{"a":"b"']
)  # fmt: skip
point = st.one_of(
    st.builds('{{"metric":{},"timestamp":{},"value":{},"tags":{}}}'.format, name, number, number, tags),
    st.builds(USUAL.format, st.integers(1, 9), st.integers(0, 9)),
    st.sampled_from(["null", "{}", "1", '"x"', "[]", USUAL.format(1, 1).replace('"m"', '"m","metric":"m2"')]),
)  # fmt: skip
body = st.one_of(
    st.lists(point, max_size=8).map(lambda points: f"[{','.join(points)}]".encode()),
    st.tuples(point, st.sampled_from([b"", b" trailing", b"\n", b",", b"]"])).map(lambda one: one[0].encode() + one[1]),
    st.binary(max_size=60),
    st.binary(max_size=30).map(lambda junk: b"[" + junk),
)


def put_quickly(body):
    parts, _ = door()
    return parts, parts.door.store(parts.door.read(body))


def put_exactly(body):
    """As the quick way, by the exact readers alone."""
    parts, _ = door()
    points = parse_put(body)
    good = [(at, one.point) for at, one in enumerate(points) if one.point is not None]
    refused = parts.points.store([one for _, one in good])
    assert not refused
    return parts, Outcome(len(points), [one for one in points if one.error])


def answered(put, body):
    """The answer with details, and what is stored after it; for a body as a whole that is refused, the message."""
    try:
        parts, outcome = put(body)
    except BadRequest as error:
        return error.message
    status, text = render_outcome(outcome, PutOptions(details=True))
    return status, json.loads(text), stored(parts)


@settings(deadline=None, max_examples=100)
@given(body)
@example(b"")
@example(b"[" * 100_000)
@example(f"[{USUAL.format(1, 1)},{TEXT}]".encode())
def test_a_body_is_answered_alike_by_both_ways(body):
    assert answered(put_quickly, body) == answered(put_exactly, body)


head_line = st.one_of(
    st.sampled_from([b"POST /api/put HTTP/1.1", b"POST /api/put?details HTTP/1.1", b"Host: x", b"Content-Length: 5",
                     b"Content-Length: 05", b"Content-Length: 5 ", b"content-length:5", b"Connection: keep-alive",
                     b"Accept: */*", b"", b" folded", b"Transfer-Encoding: chunked"]),
    st.binary(max_size=12),
)  # fmt: skip


@given(st.lists(head_line, max_size=7).map(b"\r\n".join))
def test_a_head_is_plain_or_somebody_elses(head):
    plain = read_head(head)

    assert plain is None or (head.startswith(b"POST /api/put") and plain.length == 5)


@pytest.mark.parametrize("data", CORPUS_LINES)
async def test_a_connection_goes_on_or_ends(client, data):
    """The same lines over a socket."""
    import asyncio

    url = client.session._base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"help\n" + data + b"\nversion\n")
    writer.write_eof()
    said = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert said.startswith(b"available commands: ")
