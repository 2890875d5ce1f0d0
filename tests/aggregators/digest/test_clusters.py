"""Two ways to follow clusters, of which the number of runs chooses one, find the same."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregators import fold
from aggregators.arrays import edges_of
from aggregators.digest import clusters
from aggregators.digest.clusters import Runs

DRAWS = {
    "lognormal": lambda random, n: random.lognormal(3, 1, n),
    "pareto": lambda random, n: 1 + random.pareto(1.2, n),
    "magnitudes": lambda random, n: 10 ** random.uniform(-6, 6, n),
    "signed magnitudes": lambda random, n: random.choice([-1, 1], n) * 10 ** random.uniform(-300, 300, n),
    "levels": lambda random, n: random.choice(10.0 ** np.arange(-200, 200), n),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("compression", [20.0, 50.0, 200.0])
def test_the_number_of_runs_changes_no_digest(monkeypatch, name, compression):
    random = np.random.default_rng(7)
    cells, values = random.integers(0, 3, 9_000), DRAWS[name](random, 9_000)
    found = []
    for walk in (0, 1 << 40):
        monkeypatch.setattr(clusters, "WALK", walk)
        found.append(fold(cells, values, 3, compression))
    assert found[0].means.tobytes() == found[1].means.tobytes()
    assert found[0].weights.tobytes() == found[1].weights.tobytes()


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=20), min_size=1, max_size=5))
def test_clusters_are_followed_from_the_first_run_of_each_row(rows):
    edges = edges_of(np.array([len(row) for row in rows]))
    size = int(edges[-1])
    runs = Runs(edges, np.zeros(size), np.ones(size, np.int64), np.ones(size, np.bool_))
    stops = np.repeat(edges[1:], np.diff(edges))
    ends = np.minimum(np.arange(size) + np.concatenate([np.array(row) for row in rows]), stops)
    expected = np.zeros(size, np.bool_)
    for first, stop in pairwise(edges.tolist()):
        at = first
        while at < stop:
            expected[at] = True
            at = ends[at]
    assert clusters._jump(runs, ends).tolist() == clusters._walk(runs, ends).tolist() == expected.tolist()
