"""Patience with a server that is away."""

import asyncio
from time import monotonic

import pytest

from tsdbserver.client.batch_client import ServerAway
from tsdbserver.client.retry import Trying


def in_silence(_: str) -> None:
    pass


class Server:
    """Is away for a while."""

    def __init__(self, seconds):
        self.back_at = monotonic() + seconds
        self.tries = 0

    async def answer(self):
        self.tries += 1
        if monotonic() < self.back_at:
            raise ServerAway("http://host: Connection refused")
        return "stored"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr("tsdbserver.client.retry._FIRST_PAUSE_S", 0.02)


async def test_an_outage_is_told_once_at_its_start_and_once_at_its_end():
    told: list[str] = []
    server = Server(0.2)

    assert await Trying(5, told.append).until_answered(server.answer) == "stored"
    assert server.tries > 2
    away, back = told
    assert away == "http://host: Connection refused; trying again"
    assert back.startswith("the server is back after ")


async def test_a_server_that_answers_is_not_spoken_of():
    told: list[str] = []

    assert await Trying(5, told.append).until_answered(Server(0).answer) == "stored"
    assert told == []


async def test_it_tries_until_the_very_end_of_patience_and_not_after_it(monkeypatch):
    # With a pause longer than all patience: the last try comes at its end, neither at half of it nor past it.
    monkeypatch.setattr("tsdbserver.client.retry._FIRST_PAUSE_S", 100.0)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    server, began = Server(60), monotonic()
    with pytest.raises(ServerAway):
        await Trying(0.3, in_silence).until_answered(server.answer)

    assert server.tries == 2
    assert 0.29 < monotonic() - began < 1


async def test_while_the_input_flows_patience_has_no_end():
    trying, server = Trying(0.01, in_silence, flowing=True), Server(0.3)

    assert await trying.until_answered(server.answer) == "stored"


async def test_patience_counts_from_the_end_of_the_input(monkeypatch):
    monkeypatch.setattr("tsdbserver.client.retry._FIRST_PAUSE_S", 100.0)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    trying, began = Trying(0.2, in_silence, flowing=True), monotonic()
    asyncio.get_running_loop().call_later(0.2, trying.input_ended)
    with pytest.raises(ServerAway):
        await trying.until_answered(Server(60).answer)

    assert 0.39 < monotonic() - began < 1
