"""The report as tables for the terminal, and as a picture of one."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from tsdbserver.demo.generators import STATS
from tsdbserver.demo.report import P99, Report, Statistics, Total

PICTURE_WIDTH = 100


def renderables(report: Report) -> Iterator[RenderableType]:
    yield statistics_table(report.statistics)
    yield totals_table(report.totals)
    yield p99_table(report.p99s)


def statistics_table(rows: Sequence[Statistics]) -> Table:
    table = Table(title="Each generator's own k6 summary, and both merged by the server (ms)", title_justify="left")
    for heading in ("metric", "scenario", "said by"):
        table.add_column(heading)
    for heading in STATS:
        table.add_column(heading, justify="right")
    before: tuple[str, str] | None = None
    for row in rows:
        merged = row.said_by == "merged"
        numbers = [f"{row.values[name]:,.0f}" if name == "count" else milliseconds(row.values[name]) for name in STATS]
        subject = row.metric, row.group
        table.add_row(
            *(("", "") if subject == before else subject),
            row.said_by,
            *numbers,
            style="bold" if merged else "dim",
            end_section=merged,
        )
        before = subject
    return table


def totals_table(rows: Sequence[Total]) -> Table:
    table = Table(title="Nothing lost, nothing counted twice", title_justify="left")
    table.add_column("metric")
    for heading in ("gen-a", "gen-b", "server"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in rows:
        same = Text("equal", "green") if row.stored == sum(row.of_each) else Text("DIFFERS", "bold red")
        table.add_row(row.metric, *(f"{made:,.0f}" for made in row.of_each), f"{row.stored:,.0f}", same)
    return table


def p99_table(rows: Sequence[P99]) -> Table:
    table = Table(title="Whose p99 of http_req_duration is true? (ms)", title_justify="left")
    table.add_column("scenario")
    for heading in ("gen-a", "gen-b", "average of both", "merged digests", "all samples sorted"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.group,
            *map(milliseconds, row.of_each),
            Text(f"{milliseconds(row.averaged)} {deviation(row.averaged, row.exact)}", "red"),
            Text(f"{milliseconds(row.merged)} {deviation(row.merged, row.exact)}", "bold green"),
            milliseconds(row.exact),
        )
    return table


def milliseconds(value: float) -> str:
    return f"{value:,.1f}"


def deviation(value: float, truth: float) -> str:
    return f"({value / truth - 1:+.1%})"


def draw_picture(report: Report, file: Path) -> None:
    """Write the tables as an SVG picture of a terminal."""
    console = Console(record=True, width=PICTURE_WIDTH, file=io.StringIO(), force_terminal=True)
    for renderable in renderables(report):
        console.print(renderable)
    file.parent.mkdir(parents=True, exist_ok=True)
    console.save_svg(str(file), title="make demo")
