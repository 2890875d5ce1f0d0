"""The recorded rows, and the lists of those that are answered otherwise."""

import json
from pathlib import Path

HERE = Path(__file__).parent


def read_rows(folder):
    """The rows of every transcript in a folder, in the order in which they were recorded."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines() if line]


def read_dataset(folder):
    """What to load before reads; our own where the folder has none."""
    path = folder / "dataset.json"
    return json.loads((path if path.exists() else HERE / "dataset.json").read_text(encoding="utf-8"))


def read_reasons(name):
    """{id: reason} of a list beside this file."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
