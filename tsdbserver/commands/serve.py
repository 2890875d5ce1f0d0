"""`tsdbserver serve`: run the server until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import click

from tsdbserver.app import start
from tsdbserver.plugins import PluginError
from tsdbserver.settings import SETTINGS, SettingInfo, Settings, check_environment

if sys.platform == "win32":
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop


class _Value(click.ParamType[Any]):
    """A setting's own reader as a click type, so that its errors name the flag and the value."""

    def __init__(self, setting: SettingInfo) -> None:
        self.name = "value"
        self._read = setting.read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(SETTINGS):
        command = click.option(
            f"--{setting.name}",
            type=_Value(setting),
            default=setting.default,
            show_default=True,
            envvar=setting.variable,
            show_envvar=True,
            help=setting.help,
        )(command)
    return command


@click.command()
@_options
def serve(**values: Any) -> None:
    """Serve OpenTSDB's API and take digest batches, until Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    settings = Settings(**values)
    try:
        check_environment(os.environ)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    try:
        _run(settings)
    except PluginError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        host, port = settings.listen
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


def _run(settings: Settings) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner, url = await start(settings)
    click.echo(f"tsdbserver listening on {url}")
    await stop.wait()
    await runner.cleanup()
