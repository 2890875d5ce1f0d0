"""Evals that state what the server does not do yet: `file:line reason`, a line each, in `pending.txt`."""

from pathlib import Path


def read_pending(path: Path) -> dict[str, str]:
    """Reasons by place; none if there is no such file. ValueError for a line without a reason."""
    pending = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if not line.strip() or line.startswith("#"):
            continue
        place, _, reason = line.partition(" ")
        if not reason:
            raise ValueError(f"{path.name}: '{line}' gives no reason")
        pending[place] = reason
    return pending
