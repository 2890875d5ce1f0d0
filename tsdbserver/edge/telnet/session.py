"""What one client of the line protocol has said so far, and what its lines are answered. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tsdbserver.edge.http.endpoint import Access
from tsdbserver.edge.http.state import Services
from tsdbserver.edge.telnet.commands import Command
from tsdbserver.edge.tokens import Credential, Tokens
from tsdbserver.errors import BadPoint
from tsdbserver.wire.java_number import NotANumber


@dataclass(frozen=True, slots=True)
class LineDoor:
    """What all connections share; one that says nothing for `idle` seconds is hung up on."""

    parts: Services
    commands: Mapping[str, Command]
    tokens: Tokens
    idle: float


class Session:
    """One client."""

    def __init__(self, door: LineDoor) -> None:
        self._door = door
        self._credential: Credential | None = None

    def answer(self, lines: Iterable[bytes]) -> tuple[bytes, bool]:
        """What some lines are answered together, and whether the connection goes on after them."""
        replies: list[str] = []
        for line in lines:
            self._door.parts.points.counts.lines += 1
            reply = self._answer(line.decode("latin-1").split(" "))
            if reply is None:
                return "".join(replies).encode(), False
            replies.append(reply)
        return "".join(replies).encode(), True

    def _answer(self, words: list[str]) -> str | None:
        """Nothing if all is well with a point, None if the connection is to end."""
        command = self._door.commands.get(words[0])
        if words[0] == "auth" and not self._door.tokens.authorise(None, Access.KNOWN):
            return self._introduce(words)
        if command is None:
            return f"unknown command: {words[0]}.  Try `help'.\n"
        if not self._door.tokens.authorise(self._credential, command.access):
            return f"{words[0]}: unauthorized: say auth TOKEN first\n"
        return self._run(command, words)

    def _run(self, command: Command, words: list[str]) -> str | None:
        try:
            return command.run(words, self._door.parts)
        except BadPoint as error:
            self._door.parts.points.counts.refused += 1
            kind = "invalid value" if isinstance(error, NotANumber) else "illegal argument"
            return f"{words[0]}: {kind}: {error.message}\n"

    def _introduce(self, words: list[str]) -> str | None:
        """`auth TOKEN` or `auth NAME TOKEN`; whoever is not known is hung up on, whatever the reason."""
        _, *names, token = words if len(words) > 1 else ("", "")
        shown = Credential(token, names[0] if names else None)
        if len(names) > 1 or not self._door.tokens.authorise(shown, Access.KNOWN):
            return None
        self._credential = shown
        return "ok\n"
