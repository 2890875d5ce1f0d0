"""`python -m tsdbserver.demo`: run everything, show it, end everything."""

import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tsdbserver.demo.generators import K6_ENVIRONMENT, two_generators
from tsdbserver.demo.processes import (
    Child,
    ChildFailed,
    ended_by_signals,
    free_port,
    running,
    wait_until_listening,
)
from tsdbserver.demo.queries import QueryFailed, Server, Span
from tsdbserver.demo.report import DURATION, Report, make_report
from tsdbserver.demo.tables import draw_picture, renderables

USUAL_PORT = 4242
PATIENCE_AFTER_TEST_S = 60.0
INTERRUPTED = 130


@dataclass(frozen=True)
class Stage:
    """Where the demo plays: its terminal, its folder for logs and files, and all that must end with it."""

    console: Console
    folder: Path
    ending: ExitStack

    def start(self, name: str, command: Sequence[str | Path], environment: dict[str, str] | None = None) -> Child:
        return self.ending.enter_context(running(name, command, self.folder, environment))

    def start_server(self) -> tuple[Child, str]:
        port = free_port(USUAL_PORT)
        if port != USUAL_PORT:
            self.console.print(f"Port {USUAL_PORT} is taken; the server listens on {port} instead.")
        listen = f"127.0.0.1:{port}"
        server = self.start("server", [sys.executable, "-m", "tsdbserver", "serve", "--listen", listen])
        wait_until_listening(server, port)
        return server, f"http://{listen}"

    def start_shop(self) -> str:
        port = free_port()
        shop = self.start("shop", [sys.executable, "-m", "tsdbserver.demo.target", "--port", str(port)])
        wait_until_listening(shop, port)
        return f"http://127.0.0.1:{port}"


@click.command()
@click.option("--k6", type=click.Path(exists=True, path_type=Path), required=True, help="k6 with the tdigest output.")
@click.option("--duration", type=click.IntRange(5, 3600), default=30, show_default=True, help="Seconds to test.")
@click.option("--once", is_flag=True, help="End after the table instead of leaving the server running.")
@click.option("--svg", type=click.Path(path_type=Path), help="Also write the tables as a picture.")
def main(k6: Path, duration: int, once: bool, svg: Path | None) -> None:
    """Two k6 generators, one server, one true p99."""
    console = Console()
    table_shown = False
    try:
        with ended_by_signals(), ExitStack() as ending:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="tsdbserver-demo-")))
            stage = Stage(console, folder, ending)
            server, server_url = stage.start_server()
            report = load_test(stage, k6.resolve(), server_url, duration)
            for renderable in renderables(report):
                console.print(renderable)
            table_shown = True
            if svg:
                draw_picture(report, svg)
            faults = list(report.faults())
            for fault in faults:
                console.print(f"[bold red]Wrong:[/] {fault}")
            if once:
                sys.exit(1 if faults else 0)
            console.print(farewell(server_url), highlight=False)
            server.wait()
    except KeyboardInterrupt:
        console.print("Stopped." if table_shown else "Stopped before the test was over.")
        sys.exit(0 if table_shown else INTERRUPTED)
    except (ChildFailed, QueryFailed) as error:
        console.print(f"[bold red]The demo failed:[/] {error}", highlight=False)
        sys.exit(1)


def load_test(stage: Stage, k6: Path, server_url: str, duration_s: int) -> Report:
    """Run both generators to their end and compare what they say with what the server answers."""
    shop_url = stage.start_shop()
    started_ms = time.time_ns() // 1_000_000
    generators = two_generators(stage.folder)
    children = [
        stage.start(generator.name, generator.command(k6, server_url, shop_url, duration_s), dict(K6_ENVIRONMENT))
        for generator in generators
    ]
    # From well before the first sample, so that an interval that began before it is inside, to after the last.
    server = Server(server_url, Span(started_ms - 60_000, started_ms + (duration_s + 600) * 1000))
    watch(stage.console, server, children, duration_s)
    return make_report(server, generators)


def watch(console: Console, server: Server, children: Sequence[Child], duration_s: int) -> None:
    """Show the test's progress until all generators have ended; one that fails is an exception."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    started = time.monotonic()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("two k6 generators are testing", total=duration_s)
        while [child for child in children if not child.has_ended()]:
            elapsed = time.monotonic() - started
            if elapsed > duration_s + PATIENCE_AFTER_TEST_S:
                raise ChildFailed(f"k6 is still running {elapsed:.0f} s after its start:\n{children[0].last_words()}")
            progress.update(task, completed=elapsed, description=so_far(server))
            time.sleep(0.5)


def so_far(server: Server) -> str:
    """What the server can already tell about a test that still runs."""
    try:
        count = server.number("count", f"k6.{DURATION}")
        p99 = server.number("p99", f"k6.{DURATION}")
    except (QueryFailed, ValueError):  # nothing has arrived yet
        return "two k6 generators are testing; the first interval is still open"
    return f"two k6 generators are testing; stored so far: {count:,.0f} requests, p99 {p99:,.1f} ms"


def farewell(server_url: str) -> str:
    return f"""
The server is still running at [bold]{server_url}[/]. Ask it yourself, for the p99 of each scenario in 10-second steps:

    curl -g '{server_url}/api/query?start=1h-ago&m=p99:10s-p99:k6.http_req_duration{{scenario=*}}'

In Grafana add a data source of type OpenTSDB with URL {server_url}, version 2.4, resolution second;
choose the metric k6.http_req_duration and the aggregator p99.

Ctrl-C ends the server."""


if __name__ == "__main__":
    main()
