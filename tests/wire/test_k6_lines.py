"""Lines that are no k6 output are skipped, whatever they are."""

import pytest

from tsdbserver.wire.k6_json import K6Lines

POINT = b'{"type":"Point","metric":"m","data":{"time":"2026-11-22T01:01:56Z","value":1,"tags":%s}}'


@pytest.mark.parametrize("brackets", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000], ids=["open", "closed"])
def test_a_deeply_nested_line_is_skipped(brackets):
    lines = K6Lines()
    define = b'{"type":"Metric","metric":"m","data":{"name":"m","type":"trend"}}'
    good = POINT % b'{"a":"b"}'

    assert len(list(lines.samples([define, b'{"x":' + brackets + b"}", POINT % brackets, good]))) == 1
    assert lines.skipped == {"unreadable": 2}
