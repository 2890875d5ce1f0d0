"""`tsdbserver serve`: run the server until it is told to stop."""

import asyncio
import gc
import logging
import signal
import sys
from typing import Any

import click

from tsdbserver import logs
from tsdbserver.app import SECURITY, start
from tsdbserver.commands.settings_options import read_settings, settings_options
from tsdbserver.edge.shutdown import stop as stop_server
from tsdbserver.plugins.error import PluginError
from tsdbserver.settings.table import SettingError, Settings

if sys.platform == "win32":
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop


logger = logging.getLogger(__name__)

_STOPPING = (signal.SIGINT, signal.SIGTERM)
"""The first lets what runs finish within `stop-timeout`, a second one ends the process at once."""


@click.command()
@settings_options
@click.pass_context
def serve(ctx: click.Context, /, **_: Any) -> None:
    """Serve OpenTSDB's API and take digest batches, until Ctrl-C or SIGTERM.

    SIGHUP has it read tokens and certificate again.
    """
    settings = read_settings(ctx)
    logs.configure(settings.log_format, settings.log_level)
    try:
        _run(settings)
    except (PluginError, SettingError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        host, port = settings.listen
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


_SWITCH_S = 0.001
"""How long a thread may keep the interpreter while another wants it. Python's 5 ms is long for the event loop, which
asks for it at every turn while plans run in threads.
"""


def _run(settings: Settings) -> None:
    sys.setswitchinterval(_SWITCH_S)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in _STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner, url = await start(settings)
    # What the program itself consists of stays: nobody need look through it for garbage again and again.
    gc.collect()
    gc.freeze()
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, runner.app[SECURITY].read_again)
    click.echo(f"tsdbserver listening on {url}")  # to standard output: the log is elsewhere
    logger.info("listening", extra={"fields": {"url": url}})
    await stop.wait()
    for number in _STOPPING:
        asyncio.get_running_loop().remove_signal_handler(number)
    logger.info("stopping", extra={"fields": {"within_ms": settings.stop_timeout}})
    await stop_server(runner, settings.stop_timeout / 1000)
