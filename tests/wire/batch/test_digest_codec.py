import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.aggregators.digest_columns import centroid_lists, spread
from tsdbserver.wire.batch.digest_codec import GO_TDIGEST, MAX_CENTROIDS, OWN, decode, encode, encode_one

GOLDEN = Path(__file__).parent.parent.parent / "golden"
OWN_CASES = json.loads((GOLDEN / "digests.json").read_text())
GO_CASES = json.loads((GOLDEN / "go-tdigest-v4.json").read_text())


@pytest.mark.parametrize("case", OWN_CASES, ids=[case["name"] for case in OWN_CASES])
def test_own_bytes_are_gos(case):
    blob = bytes.fromhex(case["enc0_hex"])
    decoded = decode([blob], OWN, [case["n"]])

    assert encode(spread([case["centroids"]]), case["compression"]) == [blob]
    assert decoded.refused == []
    assert [list(pair) for pair in zip(decoded.means, decoded.weights, strict=True)] == case["centroids"]


@pytest.mark.parametrize("case", GO_CASES, ids=[case["name"] for case in GO_CASES])
def test_go_tdigest_is_read_to_the_last_bit(case):
    decoded = decode([bytes.fromhex(case["bytes_hex"])], GO_TDIGEST, [case["n"]])

    assert decoded.refused == []
    assert decoded.means.tolist() == (case["decoded_means"] or [])
    assert decoded.weights.tolist() == (case["decoded_counts"] or [])


heavy = st.lists(st.tuples(st.floats(-1e300, 1e300), st.integers(1, 2**32 - 1)), max_size=5).map(sorted)


@given(st.lists(centroid_lists | heavy, max_size=6))
def test_what_is_encoded_is_decoded(runs):
    digests = spread(runs)
    decoded = decode(encode(digests), OWN, digests.count)

    assert decoded.good.tolist() == list(range(len(runs)))
    assert decoded.edges.tolist() == digests.edges.tolist()
    assert decoded.means.tolist() == digests.means.tolist()
    assert decoded.weights.tolist() == digests.weights.tolist()


@given(centroid_lists, st.integers(1, 10_000))
def test_one_digest_is_encoded_as_many_are(run, compression):
    digests = spread([run])

    assert [encode_one(digests.means, digests.weights, compression)] == encode(digests, compression)


def own(*centroids):
    return encode(spread([centroids]))[0]


def go(*centroids):
    means = np.diff([mean for mean, _ in centroids], prepend=0.0).astype(">f4").tobytes()
    return struct.pack(">idi", 2, 100.0, len(centroids)) + means + bytes(weight for _, weight in centroids)


GOOD = own((1.0, 2), (3.0, 300))
GO = go((1.0, 2), (3.0, 3))

REFUSED = {
    "nothing at all": (b"", OWN, 0, "no digest header"),
    "no compression": (b"\0\0", OWN, 0, "no digest header"),
    "an endless header": (b"\xff" * 40, OWN, 1, "no digest header"),
    "a mean too few": (b"\x64\x02" + bytes(9), OWN, 2, "the digest is cut short"),
    "a weight cut in two": (GOOD[:-1], OWN, 302, "the digest is cut short"),
    "a trailing byte": (GOOD + b"\1", OWN, 302, "bytes follow the digest"),
    "too many centroids": (own(*[(1.0, 1)] * 4097), OWN, 4097, f"more than {MAX_CENTROIDS} centroids"),
    "a number of centroids beyond memory": (
        b"\x64\xff\xff\xff\xff\x0f",
        OWN,
        1,
        f"more than {MAX_CENTROIDS} centroids",
    ),
    "NaN": (own((1.0, 1), (np.nan, 1)), OWN, 2, "a mean is not finite"),
    "infinity": (own((1.0, 1), (np.inf, 1)), OWN, 2, "a mean is not finite"),
    "descending": (own((2.0, 1), (1.0, 1)), OWN, 2, "the means do not ascend"),
    "a weight of 0": (own((1.0, 0), (2.0, 2)), OWN, 2, "a weight is 0"),
    "a weight of 33 bits": (
        b"\x64\x01" + bytes(8) + b"\x80\x80\x80\x80\x10",
        OWN,
        2**32,
        "a weight exceeds 4294967295",
    ),
    "a weight of 10 bytes": (b"\x64\x01" + bytes(8) + b"\xff" * 9 + b"\1", OWN, 1, "a weight exceeds 4294967295"),
    "another count": (GOOD, OWN, 301, "the weights sum to 302, not to n=301"),
    "an unknown encoding": (GOOD, 7, 302, "unknown digest encoding 7"),
    "Go: cut header": (GO[:15], GO_TDIGEST, 0, "the digest is cut short"),
    "Go: another kind": (b"\0\0\0\1" + GO[4:], GO_TDIGEST, 5, "no digest header"),
    "Go: a negative number of centroids": (GO[:12] + b"\xff" * 4 + GO[16:], GO_TDIGEST, 5, "no digest header"),
    "Go: cut": (GO[:-1], GO_TDIGEST, 5, "the digest is cut short"),
    "Go: a trailing byte": (GO + b"\0", GO_TDIGEST, 5, "bytes follow the digest"),
    "Go: infinite differences": (go((np.inf, 1)), GO_TDIGEST, 1, "a mean is not finite"),
    "Go: descending": (go((2.0, 1), (1.0, 1)), GO_TDIGEST, 2, "the means do not ascend"),
}


@pytest.mark.parametrize("blob, encoding, count, reason", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_and_why(blob, encoding, count, reason):
    batch = [GOOD, blob, GO, b"\x64\0", GOOD]
    decoded = decode(batch, [OWN, encoding, GO_TDIGEST, OWN, OWN], [302, count, 5, 0, 302])

    assert decoded.refused == [(1, reason)]
    assert decoded.good.tolist() == [0, 2, 3, 4]
    assert decoded.edges.tolist() == [0, 2, 4, 4, 6]
    assert decoded.means.tolist() == [1.0, 3.0] * 3
    assert decoded.weights.tolist() == [2, 300, 2, 3, 2, 300]


def test_all_refusals_of_a_batch_are_told_apart():
    batch, encodings, counts, reasons = zip(*REFUSED.values(), strict=True)

    assert decode(batch, encodings, counts).refused == list(enumerate(reasons))


@example([(b"\x01\x00\x80", OWN, 0)])
@given(st.lists(st.tuples(st.binary(max_size=60), st.sampled_from([OWN, GO_TDIGEST]), st.integers(0, 9)), max_size=5))
def test_no_bytes_break_a_batch(batch):
    blobs, encodings, counts = ([entry[i] for entry in batch] for i in range(3))
    decoded = decode([*blobs, GOOD], [*encodings, OWN], [*counts, 302])

    assert len(decoded.good) + len(decoded.refused) == len(batch) + 1
    assert decoded.good[-1] == len(batch)


def test_an_empty_batch():
    decoded = decode([], [], [])

    assert (len(decoded.good), decoded.edges.tolist(), decoded.refused) == (0, [0], [])


def test_negative_zero_becomes_zero():
    decoded = decode([own((-0.0, 1)), go((-0.0, 1))], [OWN, GO_TDIGEST], [1, 1])

    assert not np.signbit(decoded.means).any()
