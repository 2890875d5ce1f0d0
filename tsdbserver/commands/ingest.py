"""`tsdbserver ingest k6-json FILE… --url URL`: the door for a stock k6."""

import asyncio

import click
from rich.console import Console

from aggregators.digest.compression import COMPRESSION
from tsdbserver.client.intervals import FoldSettings
from tsdbserver.commands.click_types import DURATION, INTERVAL, TAG, URL
from tsdbserver.commands.k6_ingest import K6Ingest, WrongServer
from tsdbserver.model.series import tag_set

_USAGE = 2


@click.group()
def ingest() -> None:
    """Send samples that other programs wrote."""


@ingest.command("k6-json")
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option("--url", type=URL, default="http://127.0.0.1:4242", show_default=True, help="The server.")
@click.option(
    "--token",
    default="",
    envvar="TSDBSERVER_INGEST_TOKEN",
    show_envvar=True,
    help="Bearer token with the scope write. Others on this machine see flags, so give the variable.",
)
@click.option(
    "--interval",
    type=INTERVAL,
    default="10s",
    show_default=True,
    help="Width of the digests' intervals; divides a minute.",
)
@click.option("--prefix", default="k6.", show_default=True, help="Put before every metric's name.")
@click.option("--tag", "tags", type=TAG, multiple=True, help="key=value for every series; tags of the samples win.")
@click.option(
    "--instance",
    default="",
    help="Tag `instance` of gauges that have none. Default: a hash of the file's content; of a pipe, the host's name.",
)
@click.option(
    "--compression", type=click.FloatRange(20, 1000), default=COMPRESSION, show_default=True, help="δ of the digests."
)
@click.option(
    "--patience",
    type=DURATION,
    default="60s",
    show_default=True,
    help="How long to wait for a server that is away; for a pipe, after its end.",
)
def k6_json(
    files: tuple[str, ...], url: str, token: str, interval: int, prefix: str, tags: tuple[tuple[str, str], ...],
    instance: str, compression: float, patience: int,
) -> None:  # fmt: skip
    """Fold the lines of `k6 run --out json` into digests and send them.

    FILE may be gzipped, and `-` is standard input:

        k6 run --quiet --summary-mode disabled --out json=- script.js | tsdbserver ingest k6-json -

    The same content counts once, with the same options, whatever its file is called and however it is packed.

    A pipe is read to its end, whatever happens to the server. The first Ctrl-C is k6's, the second one ours.

    Exit code: 0 all samples are stored, 1 some are not or there were none, 2 the server or an option is wrong,
    130 interrupted.
    """
    settings = FoldSettings(instance, interval, prefix, tag_set(tags), compression)
    run = K6Ingest(url, settings, patience / 1000, Console(stderr=True), token).run(files)
    try:
        code = asyncio.run(run)
    except WrongServer as error:
        click.echo(f"Error: {error}", err=True)
        code = _USAGE
    except OSError as error:
        raise click.ClickException(str(error)) from None
    raise SystemExit(code)
