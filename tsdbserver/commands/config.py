"""`tsdbserver config`: every setting, its value and where that comes from."""

from typing import Any

import click

from tsdbserver.commands.settings_options import Given, given_settings, read_settings, settings_options

_HIDDEN = "********"


@click.command()
@settings_options
@click.pass_context
def config(ctx: click.Context, /, **_: Any) -> None:
    """Print the settings that `serve` would have with the same options, as a file for --config."""
    read_settings(ctx)
    for given in given_settings(ctx):
        click.echo(shown(given))


def shown(given: Given) -> str:
    """What it is for, where its value is from, and the value as TOML; of a secret only whether there is one."""
    setting = given.setting
    line = f"{setting.name} = {_quoted(given.text)}"
    if setting.secret and given.text:
        line = f"# {setting.name} = {_quoted(_HIDDEN)}"
    return f"# {setting.help} ({given.source})\n{line}\n"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
