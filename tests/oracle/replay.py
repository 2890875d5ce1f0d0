"""A server for each state in which rows were recorded, and what it answered to them."""

from contextlib import ExitStack
from dataclasses import replace

from tests.oracle.client import Client
from tests.oracle.recording import load
from tests.scriptlang.local_server import LocalServer
from tsdbserver.model.time import UNIT_MS
from tsdbserver.settings.parsers import domains
from tsdbserver.settings.table import Settings

READS = "dataset"
"""The state whose rows change nothing: any of them can be asked alone."""

PLAIN = Settings(listen=("127.0.0.1", 0), retention=UNIT_MS["d"] * 800)
SETTINGS = {
    "auto_create_metrics": lambda text: replace(PLAIN, auto_metric=text == "true"),
    "cors_domains": lambda text: replace(PLAIN, cors_domains=domains(text)),
}
"""Our settings for a value of one of OpenTSDB's that has a meaning here."""


def settings_of(state):
    """Our settings for a state of the recorded server: `name=value`, or a word."""
    name, _, value = state.partition("=")
    return SETTINGS[name](value) if name in SETTINGS else PLAIN


class Replay:
    """Asks the rows of a recording. Use it as a context.

    Rows that write are asked in their order, up to the one that is wanted, so that any of them can be run alone.
    """

    def __init__(self, rows, dataset):
        self._rows, self._dataset = rows, dataset
        self._clients, self._answers = {}, {}

    def __enter__(self):
        self._servers = ExitStack()
        return self

    def __exit__(self, *error):
        self._servers.close()

    def answer(self, row):
        """What the row's server answers."""
        if row["state"] == READS:
            return self._client(READS).ask(row)
        for earlier in self._rows:
            if row["id"] in self._answers:
                break
            if earlier["state"] == row["state"] and earlier["id"] not in self._answers:
                self._answers[earlier["id"]] = self._client(row["state"]).ask(earlier)
        return self._answers[row["id"]]

    def _client(self, state):
        if state not in self._clients:
            server = self._servers.enter_context(LocalServer(settings_of(state)))
            self._clients[state] = Client(server.url)
            if state == READS:
                load(self._clients[state], self._dataset)
        return self._clients[state]
