"""Large lists are read in groups, and what no list of points is like is not read at all."""

import json

import pytest

from tsdbserver.errors import TooLarge
from tsdbserver.wire.points.json_lists import MOST_VALUES, check_values, grouped
from tsdbserver.wire.points.put_json import parse_put

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1, "tags": {"host": "web01"}}


def as_json(points):
    return json.dumps(points).encode()


@pytest.mark.parametrize("points", [[POINT] * 5_000, [POINT, {**POINT, "x": "y" * 300_000}, POINT], [1] * 70_000])
def test_groups_are_the_list(points):
    groups = grouped(as_json(points))

    assert len(groups) > 1
    assert [point for group in groups for point in json.loads(group)] == points


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[1,2]", b"x" * 200_000, b"[" + b" " * 200_000 + b"]"])
def test_what_is_small_or_no_list_is_one_group(body):
    assert grouped(body) == [body]


def test_a_list_longer_than_any_of_points_is_too_large():
    with pytest.raises(TooLarge, match="more than 3000000 values in one piece of JSON"):
        grouped(b"[" + b"1," * 3_000_001 + b"1]")
    assert grouped(b"[" + b"1," * 3_000_001 + b"1]", points=1_000_000)


def test_a_group_of_as_many_values_as_may_be():
    check_values(b"," * MOST_VALUES)
    with pytest.raises(TooLarge):
        check_values(b"," * (MOST_VALUES + 1))


def test_a_point_with_too_much_beside_it_is_too_large():
    with pytest.raises(TooLarge):
        parse_put(as_json([{"x": [1] * (MOST_VALUES + 2)}]))
