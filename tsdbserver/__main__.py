"""The command line: `tsdbserver serve`, `config`, `token`, `ingest`."""

import click

import tsdbserver
from tsdbserver.commands.config import config
from tsdbserver.commands.ingest import ingest
from tsdbserver.commands.serve import serve
from tsdbserver.commands.token import token


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(tsdbserver.__version__, prog_name="tsdbserver")
def main() -> None:
    """An OpenTSDB-compatible query server for k6's t-digests."""


main.add_command(serve)
main.add_command(config)
main.add_command(token)
main.add_command(ingest)

if __name__ == "__main__":
    main()
