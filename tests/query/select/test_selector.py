"""Lists of values at the faithful mount: every value must have been stored, alone or as a part of one with pipes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aggregators
from tests.vectors.stores import add
from tsdbserver.errors import BadQuery
from tsdbserver.model.query import FilterSpec, SubQuery
from tsdbserver.query.filters import MAX_SEARCHED
from tsdbserver.query.select.derived_metrics import Companions
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.query.select.selector import Selector
from tsdbserver.store.memory import RingStore


class CountingStore(RingStore):
    """Counts how many names are looked up, and their characters."""

    looked_up = characters = 0

    def uid(self, kind, name):
        self.looked_up += 1
        self.characters += len(name)
        return super().uid(kind, name)


def selector_of(*hosts):
    store = CountingStore()
    for host in hosts:
        add(store, "m", {"tags": {"host": host}, "points": [[1000, 1]]})
    return Selector(store, store, built_in_filters(), Companions(aggregators.builtin())), store


def find(selector, *texts):
    filters = tuple(FilterSpec("literal_or", "host", text) for text in texts)
    series = selector.select(SubQuery("sum", "m", filters=filters)).series
    return {series.tags_of(position)["host"] for position in range(len(series))}


@given(
    st.lists(st.text("ab|", min_size=1, max_size=4), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from("ab"), min_size=1, max_size=9),
)
def test_each_value_is_stored_alone_or_in_a_value_with_pipes(hosts, values):
    selector, _ = selector_of(*hosts)
    runs = {(i, j): "|".join(values[i:j]) for i in range(len(values)) for j in range(i + 1, len(values) + 1)}
    covered = {place for (i, j), run in runs.items() if run in hosts for place in range(i, j)}
    if len(covered) == len(values):
        assert find(selector, "|".join(values)) == set(hosts) & set(runs.values())
    else:
        missing = values[min(set(range(len(values))) - covered)]
        with pytest.raises(BadQuery, match=f"No such name for 'tagv': '{missing}'"):
            find(selector, "|".join(values))


@pytest.mark.parametrize("text, found", [("x|", {"x|"}), ("y|x|", {"y", "x|"}), ("x||y", {"x|", "y"}), ("|", {"|"})])
def test_values_that_end_in_pipes(text, found):
    assert find(selector_of("x|", "y", "|")[0], text) == found


def test_two_lists_of_one_key_are_one_also_if_one_has_pipes_only():
    selector, _ = selector_of("x", "|", "y", "x|y")

    assert find(selector, "|", "x") == find(selector, "x", "|") == {"x", "|"}
    with pytest.raises(BadQuery, match="'z'"):
        find(selector, "y", "z")


@pytest.mark.parametrize("hosts, text", [(["a|b"], "a|b|"), (["a|b", "b"], "b|a|"), (["a"], "a|")])
def test_the_time_of_a_check_grows_with_the_text(hosts, text):
    selector, store = selector_of(*hosts)
    counts = []
    for times in (500, 1000):
        before = store.characters
        find(selector, (text * times)[:-1] + ("|b" if hosts[0] == "a|b" and text == "b|a|" else ""))
        counts.append(store.characters - before)

    assert counts[1] < 2.1 * counts[0]
    assert counts[1] < 100 * 1000 * len(text)


def test_a_check_ends_at_the_first_value_that_is_missing():
    selector, store = selector_of("a|b")
    before = store.looked_up
    with pytest.raises(BadQuery, match="'x'"):
        find(selector, "x|" * 5000)

    assert store.looked_up - before < 5100


def test_long_lists_have_no_values_with_pipes():
    selector, _ = selector_of("a|b", "c")
    assert find(selector, "a|b|" + "c|" * 32_000) == {"a|b", "c"}
    with pytest.raises(BadQuery, match="No such name for 'tagv': 'a'") as error:
        find(selector, "a|b|" + "c|" * 33_000)

    assert error.value.details == f"Lists of more than {MAX_SEARCHED} characters cannot have values with pipes"
