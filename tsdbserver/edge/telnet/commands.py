"""The commands of the line protocol: one table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tsdbserver.auth.access import Access
from tsdbserver.edge.core.services import Services
from tsdbserver.edge.core.stats import stats_lines
from tsdbserver.edge.core.version import version_text
from tsdbserver.errors import BadPoint
from tsdbserver.ingest.points import TELNET, UNKNOWN_METRIC
from tsdbserver.model.data_point import DataPoint, HistogramPoint
from tsdbserver.wire.points.histogram_text import parse_histogram_line
from tsdbserver.wire.points.put_line import parse_put_line
from tsdbserver.wire.points.rollup import parse_rollup_line

Words = Sequence[str]
Run = Callable[[Words, Services], str | None]
"""The words of a line, the command among them → what is written back, lines with their ends; None hangs up.
BadPoint for a point that is refused.
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table."""

    run: Run
    access: Access = Access.NONE


def _stats(words: Words, parts: Services) -> str:
    return "".join(f"{line}\n" for line in stats_lines(parts))


def _dropcaches(words: Words, parts: Services) -> str:
    parts.door.known.clear()
    return "Caches dropped.\n"


def _version(words: Words, parts: Services) -> str:
    return version_text()


def _status(words: Words, parts: Services) -> str:
    return "ok\n"


def _exit(words: Words, parts: Services) -> None:
    return None


def _help(words: Words, parts: Services) -> str:
    return f"available commands: {' '.join(COMMANDS)} \n"


def _put(words: Words, parts: Services) -> str:
    point = parse_put_line(words, parts.rules)
    return _refusal("put", point, parts.points.store([point], TELNET).get(0))


def _refusal(command: str, point: DataPoint | HistogramPoint, reason: str | None) -> str:
    """What the line of a point is answered that the store refused, or did not."""
    if reason == UNKNOWN_METRIC:
        return f"{command}: unknown metric: No such name for 'metrics': '{point.series.metric}'\n"
    return illegal_argument(command, reason) if reason else ""


def illegal_argument(command: str, reason: str) -> str:
    """What the line of a point is answered that was refused for a reason."""
    return f"{command}: illegal argument: {reason}\n"


def _rollup(words: Words, parts: Services) -> str:
    parse_rollup_line(words)


def _histogram(words: Words, parts: Services) -> str:
    line = parse_histogram_line(words)
    try:
        point = line.point(parts.rules)
    except BadPoint as error:  # OpenTSDB reads the value when it stores it, and takes its faults for its store's
        parts.points.counts.refuse(TELNET, [error.reason])
        return f"histogram: HBase error: {error.message}\n"
    return _refusal("histogram", point, parts.points.store_histograms([point], TELNET).get(0))


def _diediedie(words: Words, parts: Services) -> str:
    return "diediedie: this server is not stopped by its clients.\n"


COMMANDS: dict[str, Command] = {
    "stats": Command(_stats, Access.KNOWN),
    "dropcaches": Command(_dropcaches, Access.KNOWN),
    "version": Command(_version),
    "status": Command(_status),
    "exit": Command(_exit),
    "help": Command(_help),
    "put": Command(_put, Access.WRITE),
    "rollup": Command(_rollup, Access.WRITE),
    "histogram": Command(_histogram, Access.WRITE),
    "diediedie": Command(_diediedie),
}
"""By name, in the order in which OpenTSDB lists them."""


def offered_commands(mode: str) -> dict[str, Command]:
    """What is left of the table where a server only reads: as in OpenTSDB, what writes does not exist there."""
    return {name: one for name, one in COMMANDS.items() if mode != "ro" or one.access is not Access.WRITE}
