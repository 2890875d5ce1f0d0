"""Lines of `k6 run --out json`: what is read, and what is skipped for which reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.wire.k6 import line_faults
from tsdbserver.wire.k6.lines import K6Lines, parse_rfc3339, parse_tags

POINT = b'{"type":"Point","metric":"m","data":{"time":"2026-11-22T01:01:56Z","value":1,"tags":%s}}'


@pytest.mark.parametrize("brackets", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000], ids=["open", "closed"])
def test_a_deeply_nested_line_is_skipped(brackets):
    lines = K6Lines()
    define = b'{"type":"Metric","metric":"m","data":{"name":"m","type":"trend"}}'
    good = POINT % b'{"a":"b"}'

    assert len(list(lines.samples([define, b'{"x":' + brackets + b"}", POINT % brackets, good]))) == 1
    assert lines.skipped == {"unreadable": 2}


DEFINITION = b'{"type":"Metric","metric":"m","data":{"name":"m","type":"trend"}}'
TIME = "2026-11-22T01:01:56Z"


def point(metric="m", **data):
    data = {"time": TIME, "value": 1, "tags": {"a": "b"}, **data}
    return json.dumps({"metric": metric, "type": "Point", "data": data}).encode()


GOOD = point()


def read(*lines, shared=False):
    """The samples of some lines after a definition, and what they were read with."""
    reader = K6Lines(shared)
    return [*reader.samples([DEFINITION, *lines])], reader


ODD_BUT_CERTAIN = {
    "tags null": (point(tags=None), {}),
    "tags missing": (b'{"type":"Point","metric":"m","data":{"time":"2026-11-22T01:01:56Z","value":1}}', {}),
    "a tag null": (point(tags={"a": None, "b": "c"}), {"b": "c"}),
    "an empty tag": (point(tags={"a": ""}), {"a": ""}),
    "metadata null": (point(metadata=None), {"a": "b"}),
    "metadata of any kind": (point(metadata={"vu": 1, "x": [None]}), {"a": "b"}),
    "a field that k6 does not write": (point(sequence=[1]), {"a": "b"}),
    "carriage return": (GOOD + b"\r", {"a": "b"}),
    "blanks around": (b"  " + GOOD + b"\t ", {"a": "b"}),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, {"a": "b"}),
    "byte order mark and carriage return": (b"\xef\xbb\xbf" + GOOD + b"\r", {"a": "b"}),
    "a tag that holds a byte order mark": (point(tags={"a": "\ufeff}{"}), {"a": "\ufeff}{"}),
}


@pytest.mark.parametrize("line, tags", ODD_BUT_CERTAIN.values(), ids=ODD_BUT_CERTAIN)
def test_what_is_certain_is_read(line, tags):
    (sample,), reader = read(line)

    assert (parse_tags(sample.tags), sample.value, reader.read) == (tags, 1, 1)
    assert (reader.lost, dict(reader.skipped)) == (0, {})


@pytest.mark.parametrize("between", [b"", b" ", b"\xef\xbb\xbf", b"\r\xef\xbb\xbf"])
def test_a_file_without_a_last_line_end_may_precede_another(between):
    samples, reader = read(GOOD + between + DEFINITION.replace(b'"m"', b'"n"'), point("n"))

    assert [sample.metric for sample in samples] == ["m", "n"]
    assert reader.lost == 0


def test_a_line_that_is_cut_costs_no_file_behind_it_that_begins_with_a_byte_order_mark():
    samples, reader = read(GOOD[:40] + b"\xef\xbb\xbf" + GOOD)

    assert (len(samples), dict(reader.skipped)) == (1, {"cut short": 1})


@pytest.mark.parametrize("text", [b"", b" \t", b"\r"])
def test_an_empty_line_is_no_loss(text):
    _, reader = read(text, GOOD)

    assert (reader.read, reader.lost, dict(reader.skipped)) == (1, 0, {"empty": 1})


def test_a_definition_without_a_name_inside_has_it_outside():
    _, reader = read(b'{"type":"Metric","data":{"type":"gauge","tainted":null},"metric":"vus"}', point("vus"))

    assert (reader.read, reader.lost) == (1, 0)


SKIPPED = {
    b'{"type":"Point"': "cut short",
    GOOD[:-1]: "cut short",
    b'{"metric":"m","type":"Point","data":{"time":"': "cut short",
    b'{"type":"Point","metric":"m",}': "unreadable",
    GOOD.replace(b'"b"', rb'"\ud800"'): "unreadable",
    b'"tags":{"a":"b"}}}': "unreadable",
    b'01:01:56Z","value":1,"tags":{}}}': "unreadable",
    b"\0\0\0\0": "unreadable",
    b"[1]": "unreadable",
    b"garbage": "not JSON",
    b'{"a":"\xff"}': "not UTF-8",
    GOOD.replace(b'"b"', b'"Z\xfcrich"'): "not UTF-8",
    GOOD.decode().encode("utf-16"): "not UTF-8",
    GOOD.replace(b":1,", b":+Inf,").replace(b": 1", b": +Inf"): "not finite",
    point(value=float("nan")): "not finite",
    point(value=float("-inf")): "not finite",
    point(value="NaN"): "not finite",
    point(value="-Infinity"): "not finite",
    point(value="12"): "with a value that is not a number",
    point(value=None): "with a value that is not a number",
    point(value=True): "with a value that is not a number",
    point(value=[1]): "with a value that is not a number",
    point(time="yesterday"): "without a time that can be read",
    point(time="2026-02-30T00:00:00Z"): "without a time that can be read",
    point(time="2026-11-22T24:00:00Z"): "without a time that can be read",
    point(time="2026-11-22T01:01:56"): "without a time that can be read",
    point(time=1795309316): "without a time that can be read",
    point(time=None): "without a time that can be read",
    b'{"type":"Point","metric":"m","data":{"value":1,"tags":{}}}': "without a time that can be read",
    point(time="9999-01-01T00:00:00Z"): "with a time out of range",
    point(tags={"a": 1}): "with tags that are not texts",
    point(tags={"a": {"b": "c"}}): "with tags that are not texts",
    point(tags=["a"]): "with tags that are not texts",
    point(tags="a=b"): "with tags that are not texts",
    point("new"): "of a metric that was not defined",
    point(None): "without a metric",
    b'{"type":"Point","metric":"m","data":null}': "without data",
    b'{"type":"Point","metric":"m"}': "without data",
    b'{"type":"Event","metric":"m"}': "neither a metric nor a point",
    b'{"metric":"m","data":{}}': "neither a metric nor a point",
    b'{"type":"Metric","data":{"name":"x","type":"odd"}}': "of a metric of an unknown type",
    b'{"type":"Metric","data":{"type":"gauge"}}': "a definition without a name or a type",
    b'{"type":"Metric","data":{"name":"x"}}': "a definition without a name or a type",
    b'{"type":"Metric","data":null}': "a definition without a name or a type",
    b'{"type":"Point","x":"' + b"x" * (1 << 20) + b'"}': "longer than 1048576 bytes",
    GOOD + b" " * (1 << 20): "longer than 1048576 bytes",
}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("line, reason", SKIPPED.items(), ids=[str(line[:60]) for line in SKIPPED])
def test_each_line_that_is_not_stored_has_one_reason(line, reason, shared):
    samples, reader = read(line, GOOD, shared=shared)

    assert len(samples) == 1
    assert dict(reader.skipped) == {reason: 1}
    assert reader.examples[reason].line == 2
    assert len(reader.examples[reason].text) <= 81
    assert reader.lost == (0 if shared and reason == "not JSON" else 1)


def test_points_of_a_metric_of_an_unknown_type_are_lost():
    _, reader = read(b'{"type":"Metric","data":{"name":"x","type":"histogram"}}', point("x"), point("x"))

    assert (reader.read, dict(reader.skipped)) == (0, {"of a metric of an unknown type": 3})


K6_WORDS = [
    "running (1m02s), 10/10 VUs, 120 complete and 0 interrupted iterations",
    "default   [  50% ] 10 VUs  30.0s/1m0s",
    "     http_req_duration..............: avg=1.2ms min=1ms med=1ms max=2ms p(90)=2ms p(95)=2ms",
    "       { expected_response:true }...: avg=1.2ms",
    "    http_req_duration{scenario:buy}",
    "    ✓ 'p(95)<300' p(95)=3.9ms",
    "  █ THRESHOLDS ",
    "\x1b[32m✓\x1b[0m status is 200",
    '{"level":"info","msg":"hello","source":"console","time":"2026-11-22T01:01:56Z"}',
]


@pytest.mark.parametrize("words", K6_WORDS)
def test_k6s_own_words_are_no_loss_in_a_pipe_and_one_in_a_file(words):
    assert read(words.encode(), GOOD, shared=True)[1].lost == 0
    assert read(words.encode(), GOOD)[1].lost == 1


@given(st.lists(st.binary(max_size=60) | st.sampled_from([GOOD, *SKIPPED]).map(lambda line: line[:200])))
def test_every_line_gives_a_sample_or_a_reason(lines):
    samples, reader = read(*lines)

    assert len(samples) == reader.read
    assert reader.read + reader.skipped.total() >= len(lines) - sum(DEFINITION in line for line in lines)
    assert set(reader.examples) == set(reader.skipped)


@given(st.binary(max_size=80))
def test_the_pieces_of_a_line_are_the_line(line):
    joined = b"".join(line_faults.split_values(line))

    assert joined == line or joined.split() == line.replace(b"\xef\xbb\xbf", b" ").split() or not line.isascii()


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-22", "2026-11-22T01:01Z", "2026-13-01T00:00:00Z", "2026-01-01T00:60:00Z", "0000-01-01T00:00:00Z",
     "+026-01-01T00:00:00Z", "2026-1-01T000:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1",
     "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+ 1:00", "2026-01-01T00:00:00+25:00", "２０26-01-01T00:00:00Z",
     "2026-01-01T00:00:00.٣Z", "2026-01-01 00:00:00Z"],
)  # fmt: skip
def test_what_is_not_a_time_is_refused(text):
    with pytest.raises(ValueError, match="is not a"):
        parse_rfc3339(text)
