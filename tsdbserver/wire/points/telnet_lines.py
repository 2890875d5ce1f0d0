"""Bytes → lines → text, with no I/O: the splitter of the line protocol, and its character encoding."""

MAX_LINE = 1_024
"""Bytes of a line without its end, as OpenTSDB has it; a longer one is passed over in silence."""


class LineSplitter:
    """Cuts what arrives into lines ending in \\n or \\r\\n. Keeps the beginning of one line at most, and no more of it
    than a line may have.
    """

    def __init__(self, most: int = MAX_LINE) -> None:
        self._most = most
        self._begun = b""
        self._skipping = False
        self._too_long = 0

    def take_too_long(self) -> int:
        """How many lines were passed over since this was asked last."""
        count, self._too_long = self._too_long, 0
        return count

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends."""
        if self._skipping:
            _, end, data = data.partition(b"\n")
            self._skipping = not end
        lines = (self._begun + data).replace(b"\r\n", b"\n").split(b"\n")
        rest = lines.pop()
        # One byte more than a line: it may be the \r of its end.
        if not self._skipping and len(rest) > self._most + 1:
            self._skipping = True
            self._too_long += 1
        self._begun = b"" if self._skipping else rest
        return lines if not lines or len(max(lines, key=len)) <= self._most else self._short(lines)

    def _short(self, lines: list[bytes]) -> list[bytes]:
        short = [line for line in lines if len(line) <= self._most]
        self._too_long += len(lines) - len(short)
        return short


def decode_line(line: bytes) -> str:
    """The text of a line: UTF-8, as over HTTP, where its bytes are valid UTF-8, else ISO 8859-1, as OpenTSDB has it.

    The line as a whole has one encoding. What is ISO 8859-1 is hardly ever valid UTF-8 beyond ASCII.
    """
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
