"""A question as GET parameters and as a POST body, and the other way round by the server's own readers."""

import json

import pytest

from tests.scriptlang.requests import get_parameters, post_body, with_prefix
from tests.scriptlang.script import Question
from tsdbserver.wire.query import json_query, uri_query

NOW = 1_400_000_000_000

QUESTIONS = [
    "sum:m",
    "avg:10s-avg-nan:m",
    "sum:m{}",
    "sum:m{host=a}",
    "sum:m{host=a|b,dc=*}{rack=regexp(^(r|s)[0-9]$)}",
    "sum:explicit_tags:1m-sum:m{}{host=web*}",
    "sum:rate:m",
    "sum:rate{counter,100,5}:1m-avg:m{host=not_literal_or(a)}",
    "sum:rate{counter,,5}:m",
    "sum:rate{dropcounter}:m",
]


def filter_fields(spec):
    return spec.type, spec.tag_key, spec.expression, spec.group_by


@pytest.mark.parametrize("m", QUESTIONS)
def test_the_body_says_what_m_says(m):
    body = json.dumps(post_body(Question(0, 1, m))).encode()
    (posted,) = json_query.parse_query(body, NOW).sub_queries
    got = uri_query.parse_m(m)

    assert sorted(map(filter_fields, posted.filters)) == sorted(map(filter_fields, got.filters))
    assert (posted.aggregator, posted.metric, posted.downsample, posted.explicit_tags) == (
        got.aggregator, got.metric, got.downsample, got.explicit_tags,
    )  # fmt: skip
    assert posted.rate == got.rate


def test_options_stand_beside_m():
    question = Question("2013/01/01", 5, "sum:m", ms=True, timezone="Asia/Tokyo", use_calendar=True)

    assert get_parameters(question) == {
        "start": "2013/01/01", "end": "5", "m": "sum:m", "ms": "", "timezone": "Asia/Tokyo", "use_calendar": "true",
    }  # fmt: skip
    assert post_body(question) == {
        "start": "2013/01/01", "end": 5, "queries": [{"aggregator": "sum", "metric": "m"}],
        "msResolution": True, "timezone": "Asia/Tokyo", "useCalendar": True,
    }  # fmt: skip


@pytest.mark.parametrize("m", ["m", "sum:", "sum:m{", "sum:m{host}", "sum:foo:m", "sum:rate{counter,x}:m"])
def test_a_body_cannot_say_everything(m):
    with pytest.raises(ValueError, match=r"\S"):
        post_body(Question(0, 1, m))


@pytest.mark.parametrize("m, prefixed", [("sum:10s-sum:m{h=a}", "sum:10s-sum:p.m{h=a}"), ("m", "m"), ("sum:", "sum:")])
def test_a_prefix_goes_before_the_metric(m, prefixed):
    assert with_prefix(m, "p.") == prefixed
