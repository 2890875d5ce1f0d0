"""The report as tables for the terminal, and as a picture of one."""

import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, repeat
from pathlib import Path

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from tsdbserver.demo.generators import STATS
from tsdbserver.demo.report import MERGED, P99, Report, Statistics, Total

PICTURE_WIDTH = 84


def renderables(report: Report) -> Iterator[RenderableType]:
    yield statistics_table(report.statistics)
    yield totals_table(report.totals)
    yield p99_table(report.p99s)


def statistics_table(rows: Sequence[Statistics]) -> Table:
    table = plain_table("Each generator's own k6 summary, and both merged by the server (ms)")
    table.add_column("", no_wrap=True)
    table.add_column("by")
    for heading in STATS:
        table.add_column(heading, justify="right", no_wrap=True)
    for (metric, group), block in groupby(rows, key=lambda row: (row.metric, row.group)):
        # The block's first line names the metric, its second the scenario.
        for name, row in zip(chain((metric, f"  {group}"), repeat("")), block, strict=False):
            merged = row.said_by == MERGED
            table.add_row(name, row.said_by, *numbers(row), style="bold" if merged else "dim", end_section=merged)
    return table


def numbers(row: Statistics) -> Iterator[str]:
    for name in STATS:
        yield f"{row.values[name]:,.0f}" if name == "count" else milliseconds(row.values[name])


def plain_table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold italic", box=box.SIMPLE_HEAD)


def totals_table(rows: Sequence[Total]) -> Table:
    table = plain_table("Nothing lost, nothing counted twice")
    table.add_column("metric")
    for heading in ("gen-a", "gen-b", "server"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in rows:
        same = Text("equal", "green") if row.stored == sum(row.of_each) else Text("DIFFERS", "bold red")
        table.add_row(row.metric, *(f"{made:,.0f}" for made in row.of_each), f"{row.stored:,.0f}", same)
    return table


def p99_table(rows: Sequence[P99]) -> Table:
    table = plain_table("Whose p99 of http_req_duration is true? (ms)")
    table.add_column("scenario")
    for heading in ("gen-a", "gen-b", "average of both", "merged digests", "sorted samples"):
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
    # The template's own fonts are fetched from the web; any monospaced font will do.
    picture = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(picture, encoding="utf-8")
