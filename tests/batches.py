"""Batches for tests, packed by the msgpack package: a second reading of docs/wire-format.md."""

import struct

import msgpack

MSGPACK = "application/vnd.tdigest.v1+msgpack"
T0 = 1_700_000_040_000
IV = 10_000
COUNTER, GAUGE, RATE, TREND = range(4)


def uvarint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def centroid_bytes(centroids, compression=100):
    """`enc` 0."""
    means = struct.pack(f"<{len(centroids)}d", *(mean for mean, _ in centroids))
    return uvarint(compression) + uvarint(len(centroids)) + means + b"".join(uvarint(w) for _, w in centroids)


def trend(*samples):
    """The body of a trend of a few samples."""
    singles = [(sample, 1) for sample in sorted(samples)]
    return [len(samples), float(sum(samples)), min(samples) * 1.0, max(samples) * 1.0, 0, centroid_bytes(singles)]


def message(*series, seq=1, iid=b"i" * 16, t0=T0, iv=IV, **more):
    """A batch of (metric, tags, type, body)."""
    strings: list[str] = []
    tag_sets: list[list[int]] = []
    metrics: list[list[int]] = []
    rows: list[list[object]] = []

    def number(table, entry):
        if entry not in table:
            table.append(entry)
        return table.index(entry)

    for name, tags, kind, body in series:
        flat = [number(strings, text) for pair in sorted(tags.items()) for text in pair]
        metric = [number(strings, name), kind, 0]
        rows.append([number(metrics, metric), number(tag_sets, flat), body])
    return {
        "v": 1, "iid": iid, "seq": seq, "run": "", "t0": t0, "iv": iv, "fl": 0, "pt": [1, 1],
        "st": strings, "tg": tag_sets, "mt": metrics, "se": rows, "n": 0, **more,
    }  # fmt: skip


def packed(*series, **more):
    return msgpack.packb(message(*series, **more))
