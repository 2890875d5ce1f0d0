"""What runs here, in OpenTSDB's forms."""

import platform

import tsdbserver

_UNKNOWN = ("short_revision", "full_revision", "timestamp", "repo_status", "user", "host", "repo", "branch")
"""What OpenTSDB tells of its making."""


def version() -> dict[str, str]:
    """The version as texts by name."""
    return {"version": tsdbserver.__version__, **dict.fromkeys(_UNKNOWN, "")}


def version_text() -> str:
    """The version and what it runs on, a line each."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"tsdbserver {tsdbserver.__version__}\nRunning on {python}, {platform.system()} {platform.machine()}\n"
