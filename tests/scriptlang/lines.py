"""Lines of a script, and what lines of every kind have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.scriptlang.script import ScriptError, Tags

T = TypeVar("T")


@dataclass
class Line:
    """A line without its comment, where it stands, and the indented ones below it."""

    place: str
    number: int
    text: str
    below: list["Line"] = field(default_factory=list)

    def read(self, reader: Callable[["Line"], T]) -> T:
        """What `reader` makes of the line; a ValueError becomes a ScriptError of this line."""
        try:
            return reader(self)
        except ValueError as reason:
            raise ScriptError(self.place, self.text, str(reason)) from None


def read_tags(text: str | None) -> Tags:
    """`host=a,dc=lax`, the inside of a pair of braces. ValueError if it is not."""
    pairs = [pair.partition("=") for pair in text.split(",")] if text else []
    for key, equals, value in pairs:
        if not (key and equals and value):
            raise ValueError(f"'{key}{equals}{value}' is no tag=value")
    return tuple(sorted((key, value) for key, _, value in pairs))
