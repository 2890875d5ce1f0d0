"""The command line: settings, refusals, accounts."""

import pytest
from click.testing import CliRunner

from tsdbserver.__main__ import main
from tsdbserver.settings.parsers import listen_address
from tsdbserver.settings.table import SETTINGS, Settings, check_environment


def run(*arguments, **environment):
    return CliRunner().invoke(main, arguments, env=environment)


def test_help_names_every_setting_with_its_default_and_variable():
    text = run("serve", "--help").output

    for setting in SETTINGS:
        assert f"--{setting.name}" in text
        assert setting.variable in text.replace("\n", "")


def test_the_table_and_the_settings_agree():
    assert Settings() == Settings(**{s.name.replace("-", "_"): s.read(s.default) for s in SETTINGS})


BAD = {
    ("--listen", "4242"): "'4242' is not of the form host:port",
    ("--listen", "localhost:99999"): "port 99999 in 'localhost:99999' is out of range: ports end at 65535",
    ("--retention", "soon"): "soon",
    ("--max-series", "0"): "'0' is not a whole number from 1 on",
}


@pytest.mark.parametrize("flag, value, message", [(*given, message) for given, message in BAD.items()])
def test_a_bad_setting_is_named(flag, value, message):
    result = run("serve", flag, value)

    assert result.exit_code == 2
    assert message in result.output
    assert flag in result.output


def test_a_bad_variable_is_named_too():
    result = run("serve", TSDBSERVER_MAX_BODY="big")

    assert result.exit_code == 2
    assert "'big' is not a number of bytes" in result.output


UNKNOWN = {"TSDBSERVER_RETENTON": "did you mean TSDBSERVER_RETENTION?", "TSDBSERVER_Q": "see `tsdbserver serve --help`"}


@pytest.mark.parametrize("name, hint", UNKNOWN.items())
def test_a_misspelt_variable_stops_the_server(name, hint):
    result = run("serve", **{name: "6h"})

    assert result.exit_code == 2
    assert f"there is no setting {name}" in result.output
    assert hint in " ".join(result.output.split())


def test_variables_that_are_not_meant_for_us_are_let_be():
    check_environment(
        [
            "TSDBSERVER_RETENTION",
            "TSDBSERVER_SERVICE_HOST",
            "TSDBSERVER_PORT_4242_TCP",
            "TSDBSERVER_INGEST_TOKEN",
            "HOME",
        ]
    )


@pytest.mark.parametrize("text, address", [("127.0.0.1:4242", ("127.0.0.1", 4242)), ("[::1]:80", ("::1", 80))])
def test_addresses(text, address):
    assert listen_address(text) == address


def test_an_address_that_cannot_be_had_is_named():
    result = run("serve", "--listen", "203.0.113.1:4242")

    assert result.exit_code == 1
    assert "cannot listen on 203.0.113.1:4242" in result.output


def test_ingest_needs_a_file_that_is_there():
    result = run("ingest", "k6-json", "/no/such/file")

    assert result.exit_code == 2
    assert "/no/such/file" in result.output


BAD_OPTIONS = {
    ("--tag", "x"): "'x' is not of the form",
    ("--interval", "x"): "x",
    (
        "--interval",
        "7s",
    ): "interval 7s does not divide a minute evenly: use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 s",
    ("--interval", "2m"): "interval 2m does not divide a minute evenly",
    ("--url", "localhost:4242"): "'localhost:4242' has no http:// in front: write http://localhost:4242",
    ("--patience", "0s"): "0s",
}


@pytest.mark.parametrize("arguments, message", BAD_OPTIONS.items())
def test_ingest_names_a_bad_option(tmp_path, arguments, message):
    file = tmp_path / "empty.json"
    file.touch()
    result = run("ingest", "k6-json", str(file), *arguments)

    assert result.exit_code == 2
    assert message in result.output
