"""What one client of the line protocol has said so far, and what its lines are answered. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tsdbserver.auth.access import Access
from tsdbserver.auth.tokens import Credential, Tokens
from tsdbserver.edge.core.services import Services
from tsdbserver.edge.telnet.commands import Command, illegal_argument
from tsdbserver.errors import BadPoint
from tsdbserver.ingest.points import TELNET
from tsdbserver.java.numbers import NotANumber
from tsdbserver.model import refusal
from tsdbserver.model.refusal import Reason
from tsdbserver.wire.points.telnet_lines import MAX_LINE, decode_line

_LINE_TOO_LONG = Reason("line too long", refusal.LINE_TOO_LONG)
_UNAUTHORIZED = Reason("unauthorized", refusal.UNAUTHORIZED)
_FEW = 4
"""Lines that are not worth a group."""


@dataclass(frozen=True, slots=True)
class LineDoor:
    """What all connections share; one that says nothing for `idle` seconds is hung up on, and lines of more than
    `longest` bytes are passed over.
    """

    parts: Services
    commands: Mapping[str, Command]
    tokens: Tokens
    idle: float
    longest: int = MAX_LINE


class Session:
    """One client."""

    def __init__(self, door: LineDoor) -> None:
        self._door = door
        self._credential: Credential | None = None

    def note_too_long(self, lines: int) -> None:
        """Lines were passed over, for they are longer than a line may be."""
        self._door.parts.door.points.counts.refuse(TELNET, [_LINE_TOO_LONG] * lines)

    def answer(self, lines: Sequence[bytes]) -> tuple[bytes, bool]:
        """What some lines are answered together, and whether the connection goes on after them."""
        self._door.parts.door.points.counts.lines += len(lines)
        replies: list[str] = []
        goes_on = self._answer_all(lines, replies, self._may("put"))
        return "".join(replies).encode(), goes_on

    def _answer_all(self, lines: Sequence[bytes], replies: list[str], quickly: bool) -> bool:
        """Groups of points go the quick way; a group of which any line is odd in its form is halved until that stands
        alone.
        """
        one = partial(self._answer_one, replies)
        if not quickly or len(lines) <= _FEW:
            return all(map(one, lines))
        goes_on = self._door.parts.door.store_lines(
            lines, one, lambda reason: replies.append(illegal_argument("put", reason))
        )
        if goes_on is not None:
            return goes_on
        half = len(lines) // 2
        return all(self._answer_all(part, replies, quickly) for part in (lines[:half], lines[half:]))

    def _answer_one(self, replies: list[str], line: bytes) -> bool:
        reply = self._answer(decode_line(line).split(" "))
        replies.append(reply or "")
        return reply is not None

    def _may(self, name: str) -> bool:
        command = self._door.commands.get(name)
        return command is not None and self._door.tokens.authorise(self._credential, command.access)

    def _answer(self, words: list[str]) -> str | None:
        """Nothing if all is well with a point, None if the connection is to end."""
        command = self._door.commands.get(words[0])
        if words[0] == "auth" and not self._door.tokens.authorise(None, Access.KNOWN):
            return self._introduce(words)
        if command is None:
            return f"unknown command: {words[0]}.  Try `help'.\n"
        if not self._door.tokens.authorise(self._credential, command.access):
            if command.access is Access.WRITE:
                self._door.parts.door.points.counts.refuse(TELNET, [_UNAUTHORIZED])
            return f"{words[0]}: unauthorized: say auth TOKEN first\n"
        return self._run(command, words)

    def _run(self, command: Command, words: list[str]) -> str | None:
        try:
            return command.run(words, self._door.parts)
        except BadPoint as error:
            self._door.parts.door.points.counts.refuse(TELNET, [error.reason])
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
