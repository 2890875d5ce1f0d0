"""Why points and samples are not stored, as one of a few words: a label of `/metrics`, which no client can add to."""

CAUSES = (
    "histogram",
    "kind",
    "line_too_long",
    "name",
    "other",
    "rollup",
    "store_full",
    "tags",
    "timestamp",
    "too_old",
    "unauthorized",
    "unknown_metric",
    "value",
)

_BEGINNINGS = (
    ("histogram", ("Too many buckets", "Bucket bounds", "Too many samples in a histogram", "Negative count in bucket",
                   "The histogram is not base64", "Byte array shorter", "Buffer underflow", "Histogram buckets",
                   "Invalid type.", "No codec found", "Unable to parse bucket", "Improperly formatted",
                   "empty histogram value", "Invalid bound", "Invalid count")),
    ("kind", ("metric '",)),
    ("name", ("Invalid metric name", "Invalid tag name", "Invalid tag value", "Metric name was empty",
              "empty metric name", "a name is longer", "a metric name is", "a tag key is", "the value of tag")),
    ("rollup", ("No rollup", "Missing interval", "Missing aggregator")),
    ("store_full", ("the store is full",)),
    ("tags", ("Need at least one tag", "Too many tags", "Missing tags", "invalid tag", "duplicate tag",
              "a tag set is not")),
    ("timestamp", ("Invalid timestamp", "invalid timestamp", "bad timestamp")),
    ("too_old", ("older than",)),
    ("unauthorized", ("unauthorized",)),
    ("unknown_metric", ("Unknown metric",)),
    ("value", ("value is NaN", "Empty value", "empty value", "Unable to parse value", "Empty string", "Just a sign",
               "Value too long", "Invalid character", "Overflow in", "multiple points", "For input string")),
    ("line_too_long", ("line too long",)),
)  # fmt: skip
"""The texts are OpenTSDB's for points, so that they can be told apart by how they begin."""


def find_cause(message: str) -> str:
    """The cause that the text of a refusal stands for."""
    for cause, beginnings in _BEGINNINGS:
        if message.startswith(beginnings):
            return cause
    return "tags" if " tags, maximum allowed" in message else "other"
