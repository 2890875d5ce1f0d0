"""`tsdbserver token`: the table goes to the file, the token to whoever asked, and nobody else."""

import pytest
from click.testing import CliRunner

from tsdbserver.__main__ import main
from tsdbserver.auth.access import Access
from tsdbserver.auth.tokens import Credential, Tokens
from tsdbserver.security.tokens_file import read_tokens_file


def made(name, scope):
    result = CliRunner().invoke(main, ["token", name, "--scope", scope])
    assert result.exit_code == 0
    return result.stdout, result.stderr.split(": ")[1].strip()


MAY = {"read": {Access.READ}, "write": {Access.WRITE}, "both": {Access.READ, Access.WRITE}}


@pytest.mark.parametrize("scope", MAY)
def test_what_is_printed_is_a_table_of_the_file_and_the_token_opens_what_it_says(tmp_path, scope):
    table, token = made("grafana", scope)
    path = tmp_path / "tokens.toml"
    path.write_text(table)
    tokens = Tokens(read_tokens_file(path))

    assert token not in table
    for credential in (Credential(token), Credential(token, "grafana")):
        assert {access for access in (Access.READ, Access.WRITE) if tokens.authorise(credential, access)} == MAY[scope]


def test_tables_may_follow_each_other_in_one_file(tmp_path):
    path = tmp_path / "tokens.toml"
    path.write_text(made("a", "read")[0] + made("b", "write")[0])

    assert [(holder.name, holder.scope) for holder in read_tokens_file(path)] == [("a", "read"), ("b", "write")]


def test_no_two_tokens_are_alike():
    assert len({made("a", "read")[1] for _ in range(20)}) == 20


@pytest.mark.parametrize("name", ["", "a b", "a]", 'a"', "a:b", "größe"])
def test_a_name_is_one_that_toml_and_basic_auth_can_say(name):
    result = CliRunner().invoke(main, ["token", name, "--scope", "read"])

    assert result.exit_code == 2
    assert "is not made of letters, digits, - and _" in result.output
    assert "tsdb_" not in result.output
