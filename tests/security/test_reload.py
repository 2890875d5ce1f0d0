"""What the server warns of when it starts."""

import logging

import pytest

from tsdbserver.security.reload import Security, is_loopback
from tsdbserver.settings.table import Settings


@pytest.mark.parametrize(
    "host, loopback",
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.0.2.1", False), ("example.org", False)],
)  # fmt: skip
def test_which_addresses_only_this_machine_reaches(host, loopback):
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    "host, with_tokens, warning",
    [
        ("127.0.0.1", False, None),
        ("0.0.0.0", False, "without tokens"),
        ("0.0.0.0", True, "without TLS"),
        ("::1", True, None),
    ],
)
def test_an_open_door_is_warned_of(caplog, tmp_path, host, with_tokens, warning):
    caplog.set_level(logging.WARNING)
    path = tmp_path / "tokens.toml"
    path.touch()
    Security(Settings(listen=(host, 0), tokens=path if with_tokens else None)).warn()

    assert [record.levelname for record in caplog.records] == (["WARNING"] if warning else [])
    assert (warning or "") in caplog.text


def test_the_default_is_loopback():
    assert is_loopback(Settings().listen[0])
