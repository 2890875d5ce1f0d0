"""Which names a plain point may have."""

import pytest

from tsdbserver.errors import BadPoint
from tsdbserver.wire.points.rules import check_names


@pytest.mark.parametrize("name", ["cpu", "Größe", "a-b_c./9", "日本"])
def test_letters_digits_and_four_marks(name):
    check_names(name, {name: name})


@pytest.mark.parametrize("name", ["a b", "+Inf", "50%", "a=b", "a\x00", "😀"])
def test_anything_else_is_refused(name):
    with pytest.raises(BadPoint, match="illegal character"):
        check_names("m", {"le": name})


def test_a_setting_allows_more():
    check_names("m", {"le": "+Inf"}, frozenset("+"))

    with pytest.raises(BadPoint, match=r'tag value with key \[le\] \("50%"\): illegal character: %'):
        check_names("m", {"le": "50%"}, frozenset("+"))
