"""Where a setting's value comes from, and what is said of a wrong one."""

import re
import tomllib

import pytest
from click.testing import CliRunner

from tsdbserver.__main__ import main
from tsdbserver.settings.file import read_settings_file
from tsdbserver.settings.table import SETTINGS, Settings


def run(*arguments, **environment):
    return CliRunner().invoke(main, arguments, env=environment)


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "tsdbserver.toml"
        path.write_text(text)
        return path

    return write


def printed(*arguments, **environment):
    """What `config` prints: the values, and the lines."""
    result = run("config", *arguments, **environment)
    assert result.exit_code == 0, result.output
    return tomllib.loads(result.output), result.output.splitlines()


def source(lines, name):
    place = next(i for i, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{name} = "))
    return lines[place - 1].rpartition("(")[2].rstrip(")")


SAID = {
    "default": ([], {}, "200000"),
    "file": (["--config"], {}, "1"),
    "environment": (["--config"], {"TSDBSERVER_MAX_SERIES": "2"}, "2"),
    "flag": (["--max-series", "3", "--config"], {"TSDBSERVER_MAX_SERIES": "2"}, "3"),
}


@pytest.mark.parametrize("where", SAID)
def test_the_flag_wins_over_the_variable_over_the_file_over_the_default(file, where):
    arguments, environment, value = SAID[where]
    path = [str(file("max-series = 1"))] if "--config" in arguments else []
    values, lines = printed(*arguments, *path, **environment)

    assert (values["max-series"], source(lines, "max-series")) == (value, where)


def test_the_file_may_be_named_by_a_variable(file):
    values, _ = printed(TSDBSERVER_CONFIG=str(file('retention = "2h"\ncors-domains = ["a.org", "b.org"]')))

    assert (values["retention"], values["cors-domains"]) == ("2h", "a.org,b.org")


def test_what_config_prints_is_a_file_that_says_the_same(file):
    values, lines = printed("--max-series", "3", "--cors-headers", 'a"b\\c\td')

    assert printed("--config", str(file("\n".join(lines))))[0] == values
    assert list(values) == [setting.name for setting in SETTINGS]


def test_a_secret_is_not_printed():
    _, lines = printed(TSDBSERVER_TLS_KEY_PASSWORD="hunter2")

    assert '# tls-key-password = "********"' in lines
    assert "hunter2" not in "\n".join(lines)


WRONG = {
    "max-serie = 1": "there is no setting 'max-serie': did you mean max-series?",
    "quux = 1": "there is no setting 'quux': see `tsdbserver serve --help`",
    "max-series = 0": "max-series: '0' is not a whole number from 1 on",
    "retention = 6": "retention: Invalid duration, must have an integer and unit: 6, such as 30s, 5m or 6h",
    "max-body = '16 MiBytes'": "max-body: '16 MiBytes' is not a number of bytes, such as 65536, 64KiB or 16MiB",
    "max-body = '0MiB'": "max-body: '0MiB' is not a number of bytes",
    "max-body = '1.5MiB'": "max-body: '1.5MiB' is not a number of bytes",
    "max-series = 1.5": "max-series: 1.5 is neither a text, a whole number nor a list of texts",
    "mode = 'r'": "mode: 'r' is none of rw, ro, wo",
    "[listen]\nport = 1": "listen: {'port': 1} is neither a text",
    "max-series": "Expected '=' after a key",
}


@pytest.mark.parametrize("text, message", WRONG.items())
def test_what_is_wrong_in_the_file_is_named(file, text, message):
    path = file(text)

    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_settings_file(path)

    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("command", ["serve", "config"])
def test_a_wrong_file_stops_the_command(file, command):
    result = run(command, "--config", str(file("max-series = 0")))

    assert result.exit_code == 2
    assert "max-series: '0' is not a whole number" in result.output


def test_a_file_that_is_not_there_is_named():
    result = run("config", "--config", "/no/such.toml")

    assert result.exit_code == 2
    assert "/no/such.toml: No such file or directory" in result.output


def test_a_key_without_its_certificate_is_refused(file):
    result = run("config", "--tls-key", str(file("")))

    assert result.exit_code == 2
    assert "tls-key needs tls-cert" in result.output


def test_settings_read_from_no_texts_are_the_defaults():
    assert Settings.read({}) == Settings()


SIZES = {
    "1": 1,
    "007B": 7,
    "64KiB": 65_536,
    "64 kib": 65_536,
    "64kB": 64_000,
    "16MiB": 1 << 24,
    "16MB": 16_000_000,
    "2GiB": 2 << 30,
}


@pytest.mark.parametrize("text", SIZES)
def test_a_size_has_a_unit_or_is_bytes(text):
    assert Settings.read({"max-body": text}).max_body == SIZES[text]
