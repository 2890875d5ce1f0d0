"""The last events of the log, for whoever has no shell on the server."""

import logging
from collections import deque

_KEPT = 1_000
_LONGEST = 1_000
"""Characters of a message: what clients send stands in some, and the whole is bounded by both numbers."""


class RecentLogs(logging.Handler):
    """Keeps a line for each event: seconds, level, thread, logger and message, parted by tabs. Tracebacks are for the
    log itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an event, and forget the oldest one; of a message that cannot be made, what stands there."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        message = "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
        self._lines.append(f"{int(record.created)}\t{record.levelname}\t{record.threadName}\t{record.name}\t{message}")

    def lines(self) -> list[str]:
        """The newest first, as OpenTSDB shows them."""
        return list(self._lines)[::-1]
