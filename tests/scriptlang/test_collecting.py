"""pytest and scripts: an eval is a test, a pending one must fail, and a failure is told without a traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent / "scripts"

SCRIPT = """\
load every 10s
    m{h=a}   1 2 3
eval 0s..29s sum:10s-sum:m
    {h=a}    1 2 3
eval 0s..29s max:10s-sum:m
    {h=a}    1 2 4
"""


def _terminal():
    """The environment of someone at a terminal: pytest prints another summary where it takes itself to be in CI."""
    return {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}


def outcome(folder, pending=""):
    """What pytest prints when it runs one script in a folder of its own."""
    shutil.copy(SCRIPTS / "conftest.py", folder)
    (folder / "some.tsq").write_text(SCRIPT)
    (folder / "pending.txt").write_text(pending)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "-c", SCRIPTS.parent.parent / "pyproject.toml",
         "--rootdir", folder, folder],
        cwd=SCRIPTS.parent.parent, capture_output=True, text=True, check=False, env=_terminal(),
    )  # fmt: skip
    return run.stdout


def test_every_eval_is_a_test_of_its_own(tmp_path):
    printed = outcome(tmp_path)

    assert "some.tsq::5\n" in printed
    assert "1 failed, 1 passed" in printed
    assert "{h=a} at 20s: expected 4, got 3" in printed
    assert "Traceback" not in printed


def test_a_pending_eval_may_fail(tmp_path):
    assert "1 passed, 1 xfailed" in outcome(tmp_path, "some.tsq:5 three is not four yet")


def test_a_pending_eval_that_passes_fails_the_run(tmp_path):
    assert "2 failed" in outcome(tmp_path, "some.tsq:3 one is not one yet")


def test_a_pending_line_without_an_eval_is_an_error(tmp_path):
    printed = outcome(tmp_path, "some.tsq:4 nothing here")

    assert "pending.txt: there is no eval in this line" in printed
    assert "1 error" in printed
