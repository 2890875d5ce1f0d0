"""Digests that Go made, reproduced to the last bit."""

import json
from pathlib import Path

import numpy as np
import pytest

from aggregators import TDigest, compress, quantile
from tests.aggregators.digest import reference
from tests.aggregators.digest_columns import digest_of, digests_of, one_key, pairs

GOLDEN = json.loads((Path(__file__).parent.parent.parent / "golden" / "digests.json").read_text())

golden = pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])


def made(case):
    """The digest of a case's values, or the one that its parts merge into."""
    if "parts" not in case:
        return digest_of(case.get("values", []), case["compression"])
    parts = digests_of(case["parts"], case["compression"])
    return compress(parts, one_key(parts), 1, case["compression"])


def pairs_of(case):
    return [tuple(pair) for pair in case["centroids"]]


@golden
def test_centroids_are_gos(case):
    digest = made(case)

    assert pairs(digest) == pairs_of(case)
    assert not np.signbit(digest.means[digest.means == 0]).any()


@golden
def test_totals_are_gos(case):
    digest = made(case)

    assert digest.count[0] == case["n"]
    assert digest.sum[0] == case["sum"]
    assert not case["n"] or (digest.min[0], digest.max[0]) == (case["min"], case["max"])


@golden
def test_a_growing_digest_ends_as_gos(case):
    digest = TDigest(case["compression"])
    digest.add_many(case.get("values", []))
    for values in case.get("parts", []):
        part = TDigest(case["compression"])
        part.add_many(values)
        digest.merge(part)

    if "parts" not in case:  # one part after another is not all at once
        assert digest.centroids() == pairs_of(case)
    assert (digest.count, digest.sum) == (case["n"], case["sum"])


@golden
def test_plain_python_ends_as_go(case):
    delta = case["compression"]
    folded = [reference.folded(values, delta) for values in case.get("parts", [case.get("values", [])])]

    assert reference.compressed([pair for part in folded for pair in part], delta) == pairs_of(case)


@golden
def test_quantiles_are_gos(case):
    digest = made(case)
    read = {q: quantile(digest, one_key(digest), 1, float(q))[0] for q in case.get("quantiles", {})}

    assert read == case.get("quantiles", {})
