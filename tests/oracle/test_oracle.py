"""What a real OpenTSDB answered is what we answer."""

import pytest

from tests.oracle.comparing import why_not
from tests.oracle.rows import read_reasons

DIFFERENCES, PENDING = read_reasons("differences.txt"), read_reasons("pending.txt")


def test_row(row, replay):
    failure = why_not(row, replay.answer(row))

    for name, listed in (("differences.txt", DIFFERENCES), ("pending.txt", PENDING)):
        if row["id"] in listed:
            assert failure, f"{row['id']} is met now: take it out of {name}"
            pytest.xfail(listed[row["id"]])
    assert not failure, f"{row['method']} {row['path']} {row.get('body') or ''}\n    {failure}"
