"""`tsdbserver token NAME --scope read`: a new token."""

import re

import click

from tsdbserver.auth.tokens import SCOPES
from tsdbserver.security.tokens_file import new_token


@click.command()
@click.argument("name")
@click.option("--scope", type=click.Choice(list(SCOPES)), required=True, help="What its holder may do.")
def token(name: str, scope: str) -> None:
    """Make a token for NAME: print what to add to the file of --tokens, and on standard error the token itself.

        tsdbserver token grafana --scope read >> tokens.toml

    The token is shown this once; the file has only its hash. Clients send it as `Authorization: Bearer TOKEN`, or by
    basic auth as the password of the user NAME.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise click.BadParameter(f"'{name}' is not made of letters, digits, - and _", param_hint="NAME")
    text, table = new_token(name, scope)
    click.echo(table)
    click.echo(f"token of {name}: {text}", err=True)
