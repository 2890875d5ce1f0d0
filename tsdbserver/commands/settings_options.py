"""The settings as options of a command: flag before variable before file before default."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from tsdbserver.settings.file import read_settings_file
from tsdbserver.settings.table import CONFIG_VARIABLE, SETTINGS, SettingInfo, Settings, check_environment

_SOURCES = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
    ParameterSource.DEFAULT: "default",
}


class Given(NamedTuple):
    """A setting, its text, and where that comes from: default, file, environment or flag."""

    setting: SettingInfo
    text: str
    source: str


class _Checked(click.ParamType[str]):
    """A text that the setting's own reader takes, so that errors name the flag and the value."""

    name = "value"

    def __init__(self, setting: SettingInfo) -> None:
        self._read = setting.read

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command an option for each setting, and `--config`."""
    for setting in reversed(SETTINGS):
        command = click.option(
            f"--{setting.name}",
            type=_Checked(setting),
            default=setting.default,
            show_default=True,
            envvar=setting.variable,
            show_envvar=True,
            help=setting.help,
        )(command)
    return click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        envvar=CONFIG_VARIABLE,
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=_take_file,
        help="TOML file with settings, named as the flags.",
    )(command)


def _take_file(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    if path is not None:
        try:
            texts = read_settings_file(path)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
        ctx.default_map = {name.replace("-", "_"): text for name, text in texts.items()}


def given_settings(ctx: click.Context) -> list[Given]:
    """Every setting of the command that runs. UsageError for a variable that is none of them."""
    try:
        check_environment(os.environ)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return [Given(setting, ctx.params[setting.attribute], _source(ctx, setting)) for setting in SETTINGS]


def read_settings(ctx: click.Context) -> Settings:
    """The settings of the command that runs; UsageError if they do not go together."""
    try:
        return Settings.read({given.setting.name: given.text for given in given_settings(ctx)})
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _source(ctx: click.Context, setting: SettingInfo) -> str:
    source: Any = ctx.get_parameter_source(setting.attribute)
    return _SOURCES[source]
