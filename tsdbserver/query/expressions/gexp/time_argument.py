"""`'10min'`: a duration as functions take it, in quotes and in units of their own."""

import re
from collections.abc import Callable, Mapping

from tsdbserver.errors import BadQuery
from tsdbserver.model.time import MAX_TIMESTAMP_MS


def milliseconds(text: str, units: Mapping[str, int], what: str, unknown: Callable[[str], str]) -> int:
    """The duration in a quoted text; BadQuery names `what` it was meant for, or says that its unit is `unknown`."""
    match = re.fullmatch(r"'([0-9]+)([^']*)'", text)
    if match is None:
        raise BadQuery(f"Invalid {what}: {text}")
    if match[2] not in units:
        raise BadQuery(unknown(match[2]))
    if len(match[1]) > 13 or int(match[1]) * units[match[2]] > MAX_TIMESTAMP_MS:
        raise BadQuery(f"Invalid {what}: {text}", "it is longer than times go")
    return int(match[1]) * units[match[2]]
