"""Digests that Go made, reproduced to the last bit."""

import json
from pathlib import Path

import numpy as np
import pytest

from aggregators import TDigest, quantile
from tests.aggregators.columns import digest_of, one_key, pairs

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "digests.json").read_text())

golden = pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])


@golden
def test_folded_centroids_are_gos(case):
    digest = digest_of(case["values"], case["compression"])

    assert pairs(digest) == [tuple(pair) for pair in case["centroids"]]
    assert not np.signbit(digest.means[digest.means == 0]).any()


@golden
def test_folded_totals_are_gos(case):
    digest = digest_of(case["values"], case["compression"])

    assert digest.count[0] == case["n"]
    assert digest.sum[0] == case["sum"]
    assert not case["n"] or (digest.min[0], digest.max[0]) == (case["min"], case["max"])


@golden
def test_a_growing_digest_ends_as_gos(case):
    digest = TDigest(case["compression"])
    digest.add_many(case["values"])

    assert digest.centroids() == [tuple(pair) for pair in case["centroids"]]
    assert digest.sum == case["sum"]


@golden
def test_quantiles_are_gos(case):
    digest = digest_of(case["values"], case["compression"])
    read = {q: quantile(digest, one_key(digest), 1, float(q))[0] for q in case.get("quantiles", {})}

    assert read == case.get("quantiles", {})
