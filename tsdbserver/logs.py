"""The log: one line an event, as text or as JSON; what belongs to an event is `extra={"fields": {…}}`."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_LEVELS = ("debug", "info", "warning", "error")
LEVELS, FORMATS = _LEVELS, ("text", "json")


def configure(log_format: str, level: str) -> None:
    """Log to standard error from now on, in one of FORMATS, events of one of LEVELS and above."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if level == "debug":  # what the event loop says of itself helps nobody who debugs a server
        logging.getLogger("asyncio").setLevel(logging.INFO)


class JsonLines(logging.Formatter):
    """An object a line: time, level, logger, message, the event's own fields, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        event: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, default=str)


class TextLines(logging.Formatter):
    """The same for people: fields as name=JSON at the end; line breaks escaped, so that no client writes lines of its
    own. Only the traceback of an exception follows on lines of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.getMessage())
        fields = "".join(f" {name}={json.dumps(value, default=str)}" for name, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname} {record.name} {message}{fields}"
        return line if not record.exc_info else f"{line}\n{self.formatException(record.exc_info)}"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return getattr(record, "fields", {})
