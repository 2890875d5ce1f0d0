"""Loading the data set: in its order, a request for each series, so that names get the ids that they had."""

import json
from urllib.parse import quote

OF_ALL_TIME = "start=1&end=4000000000"


def load(client, dataset):
    """Write points, histograms and annotations."""
    for series in dataset["series"]:
        _write(client, "/api/put?details", points_of(series))
    for histogram in dataset["histograms"]:
        _write(client, "/api/histogram?details", histogram)
    for annotation in dataset["annotations"]:
        _write(client, "/api/annotation", _annotation(client, **annotation))


def points_of(series):
    """A series' points as `/api/put` takes them."""
    return [{"metric": series["metric"], "timestamp": time, "value": value, "tags": series["tags"]}
            for time, value in series["points"]]  # fmt: skip


def _annotation(client, of_series=None, **annotation):
    return annotation if of_series is None else {**annotation, "tsuid": _tsuid(client, of_series)}


def _tsuid(client, series):
    tags = ",".join(f"{key}={value}" for key, value in series["tags"].items())
    m = quote(f"sum:{series['metric']}{{{tags}}}")
    answer = client.send("GET", f"/api/query?{OF_ALL_TIME}&show_tsuids&m={m}")
    return json.loads(answer.text)[0]["tsuids"][0]


def _write(client, path, content):
    answer = client.send("POST", path, content)
    assert answer.status in (200, 204), f"{path} {content}: {answer}"
