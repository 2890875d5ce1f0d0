"""The readers fail where Grafana would: what they let pass is worth something."""

import pytest

from tests.grafana.decoders import Frame, Unreadable, read_browser, read_go

GOOD = b'[{"metric":"m","tags":{"h":"a"},"aggregateTags":["dc"],"dps":{"1700000000":1,"1700000010":2.5}}]'
FRAME = Frame("m", (("h", "a"),), ((1700000000, 1.0), (1700000010, 2.5)))


def test_a_good_answer():
    assert read_go(GOOD, arrays=False) == [FRAME] == read_browser(GOOD, milliseconds=False)
    assert read_go(
        GOOD.replace(b'{"1700000000":1,"1700000010":2.5}', b"[[1700000000,1],[1700000010,2.5]]"), arrays=True
    )


REFUSED = {
    "a text for NaN": (b":2.5", b':"NaN"'),
    "bare NaN": (b":2.5", b":NaN"),
    "null": (b":2.5", b":null"),
    "a flag": (b":2.5", b":true"),
    "past a double": (b":2.5", b":1e999"),
    "a fraction of a second": (b"1700000010", b"1700000010.5"),
    "milliseconds": (b'"1700000010"', b'"1700000010000"'),
    "keys of two lengths": (b'"1700000000"', b'"999999999"'),
    "a key twice": (b'"1700000010"', b'"1700000000"'),
    "a number for a tag": (b'"h":"a"', b'"h":1'),
    "null for a tag": (b'"h":"a"', b'"h":null'),
    "no tags": (b'"tags":{"h":"a"},', b""),
    "no metric": (b'"metric":"m",', b""),
    "a list for the map": (b'{"1700000000":1,"1700000010":2.5}', b"[[1700000000,1]]"),
    "an object": (GOOD, b'{"error":{"code":400,"message":"x"}}'),
    "two of the same labels": (GOOD, GOOD[:-1] + b"," + GOOD[1:]),
    "no JSON": (GOOD, b"<html>"),
    "a time in a text": (b'"dps"', b'"annotations":[{"startTime":"1700000000"}],"dps"'),
    "a time in milliseconds": (b'"dps"', b'"globalAnnotations":[{"startTime":1700000000000}],"dps"'),
    "no list of annotations": (b'"dps"', b'"annotations":"x","dps"'),
}


@pytest.mark.parametrize("cut, paste", REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_map(cut, paste):
    assert cut in GOOD
    with pytest.raises(Unreadable):
        read_go(GOOD.replace(cut, paste), arrays=False)


PAIRS = {
    "one item": b"[[1700000000]]",
    "backwards": b"[[1700000010,1],[1700000000,2]]",
    "twice": b"[[1700000000,1],[1700000000,2]]",
    "a map": b'{"1700000000":1}',
    "a fraction": b"[[1700000000.5,1]]",
    "null": b"[[1700000000,null]]",
}


@pytest.mark.parametrize("dps", PAIRS.values(), ids=PAIRS.keys())
def test_bad_pairs(dps):
    with pytest.raises(Unreadable):
        read_go(b'[{"metric":"m","tags":{},"dps":%s}]' % dps, arrays=True)


@pytest.mark.parametrize(
    "body", [b"{}", b'[{"metric":"m","tags":null,"dps":{}}]', b'[{"metric":"m","tags":{},"dps":[]}]']
)
def test_what_crashes_a_browser(body):
    with pytest.raises(Unreadable):
        read_browser(body, milliseconds=False)
