"""Who may do what: tokens as bearer and by basic auth, scopes, and how little a refusal tells."""

import base64
import gzip
import logging

import pytest

from tests.batches import packed
from tests.edge.conftest import Client
from tsdbserver.app import SECURITY, start
from tsdbserver.auth.access import Access
from tsdbserver.auth.tokens import Credential, Holder, Tokens, token_hash
from tsdbserver.client.batch_client import BatchClient, DeliveryError
from tsdbserver.edge.http.middleware.auth import parse_authorization
from tsdbserver.edge.http.routes import ENDPOINTS
from tsdbserver.security.tokens_file import new_token, read_tokens_file
from tsdbserver.settings.table import SettingError, Settings

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}
READ, WRITE, KNOWN, OPEN = "/api/suggest?type=metrics", "/api/put", "/metrics", "/api/version"


@pytest.fixture
def tokens(tmp_path):
    """name → token; the file is tokens.toml."""
    made = {name: new_token(name, scope) for name, scope in [("grafana", "read"), ("probe", "write"), ("ops", "both")]}
    (tmp_path / "tokens.toml").write_text("\n".join(table for _, table in made.values()))
    return {name: token for name, (token, _) in made.items()}


@pytest.fixture
def settings(tokens, tmp_path) -> Settings:
    return Settings(listen=("127.0.0.1", 0), tokens=tmp_path / "tokens.toml")


def basic(name, token):
    return "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()


async def status_of(client: Client, path: str, authorization: str | None):
    headers = {} if authorization is None else {"Authorization": authorization}
    if path == WRITE:
        return (await client.post(path, POINT, **headers))[0]
    async with client.session.get(path, headers=headers) as response:
        return response.status


MAY = {
    ("grafana", READ): 200, ("grafana", WRITE): 403, ("grafana", KNOWN): 200, ("grafana", OPEN): 200,
    ("probe", READ): 403, ("probe", WRITE): 204, ("probe", KNOWN): 200, ("probe", OPEN): 200,
    ("ops", READ): 200, ("ops", WRITE): 204, ("ops", KNOWN): 200, ("ops", OPEN): 200,
    (None, READ): 401, (None, WRITE): 401, (None, KNOWN): 401, (None, OPEN): 200,
}  # fmt: skip


@pytest.mark.parametrize("form", ["bearer", "basic"])
@pytest.mark.parametrize("name, path", MAY)
async def test_a_token_does_what_its_scope_says_and_no_more(client, tokens, form, name, path):
    token = tokens.get(name)
    header = token and (f"Bearer {token}" if form == "bearer" else basic(name, token))

    assert await status_of(client, path, header) == MAY[name, path]


WRONG = {
    "none": lambda t: None, "empty": lambda t: "", "no scheme": lambda t: t["grafana"],
    "another scheme": lambda t: f"Digest {t['grafana']}", "no such token": lambda t: "Bearer tsdb_x",
    "cut": lambda t: f"Bearer {t['grafana'][:-1]}", "no base64": lambda t: "Basic ???",
    "no colon": lambda t: "Basic " + base64.b64encode(t["grafana"].encode()).decode(),
    "another's name": lambda t: basic("ops", t["grafana"]), "no such name": lambda t: basic("nobody", t["grafana"]),
    "no token": lambda t: basic("grafana", ""), "not ASCII": lambda t: "Bearer größe",
    "the hash": lambda t: f"Bearer {token_hash(t['grafana']).hex()}",
}  # fmt: skip


async def answer(client, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    async with client.session.get(READ, headers=headers) as response:
        shown = {name: value for name, value in response.headers.items() if name != "Date"}
        return (
            response.status,
            response.reason,
            response.headers.getall("WWW-Authenticate"),
            shown,
            await response.json(),
        )


NOTHING, UNREADABLE, UNKNOWN = (
    "Unauthorized: no token was sent",
    "Unauthorized: the Authorization header is neither Bearer nor Basic of a name and a token",
    "Unauthorized: the token, or the name that came with it, is wrong",
)
ANSWERED = dict.fromkeys(WRONG, UNKNOWN) | {"none": NOTHING, "empty": NOTHING} | dict.fromkeys(
    ["no scheme", "another scheme", "no base64", "no colon"], UNREADABLE
)  # fmt: skip
EXAMPLE = {NOTHING: " ", UNREADABLE: "x", UNKNOWN: "Bearer x"}


@pytest.mark.parametrize("name", WRONG)
async def test_credentials_that_are_wrong_in_one_way_are_answered_alike(client, tokens, name):
    status, reason, challenges, _, body = told = await answer(client, WRONG[name](tokens))

    assert status == 401
    assert challenges == ['Bearer realm="tsdbserver"', 'Basic realm="tsdbserver", charset="UTF-8"']
    assert reason == body["error"]["message"] == ANSWERED[name]
    assert told == await answer(client, EXAMPLE[ANSWERED[name]])


@pytest.mark.parametrize("path", [READ, WRITE, KNOWN, "/grafana/api/query", "/logs", "/api/tdigest/v1/batch"])
@pytest.mark.parametrize("name", ["none", "no base64", "cut", "another's name", "the hash"])
async def test_the_reason_phrase_names_nobody(client, tokens, path, name):
    header = WRONG[name](tokens)
    method = "POST" if path in (WRITE, "/api/tdigest/v1/batch") else "GET"
    async with client.session.request(method, path, headers={"Authorization": header} if header else {}) as response:
        text = await response.text()

    assert (response.status, response.reason) == (401, ANSWERED[name])
    assert not [word for word in (*tokens, *tokens.values()) if word in response.reason + text]


@pytest.mark.parametrize("name, path, scope", [("grafana", WRITE, "write"), ("probe", READ, "read")])
async def test_the_reason_phrase_names_the_missing_scope(client, tokens, name, path, scope):
    method = "POST" if path == WRITE else "GET"
    headers = {"Authorization": f"Bearer {tokens[name]}"}
    async with client.session.request(method, path, headers=headers) as response:
        assert (response.status, response.reason) == (403, f"this token may not {scope}")


async def test_what_was_refused_changed_nothing(client, tokens):
    await client.post("/api/put", POINT)
    await client.post("/api/put", POINT, Authorization=f"Bearer {tokens['grafana']}")

    async with client.session.get(READ, headers={"Authorization": f"Bearer {tokens['ops']}"}) as response:
        assert await response.json() == []


DETOURS = {
    "the other mount": ("GET", "/grafana/api/suggest?type=metrics", {"probe": 403, None: 401, "grafana": 200}),
    "a version": ("GET", "/api/v1/suggest?type=metrics", {"probe": 403, None: 401, "grafana": 200}),
    "capitals": ("GET", "/API/Suggest/?type=metrics", {"probe": 403, None: 401, "grafana": 200}),
    "the old path": ("GET", "/suggest?type=metrics", {"probe": 403, None: 401, "grafana": 200}),
    "something below": ("GET", "/api/query/x?start=1&m=sum:cpu", {"probe": 403, None: 401, "grafana": 400}),
    "a callback": ("GET", "/api/suggest?type=metrics&jsonp=f", {"probe": 403, None: 401, "grafana": 200}),
    "a read": ("GET", "/api/annotation?start_time=1", {"probe": 403, None: 401, "grafana": 404}),
    "a write as a read": (
        "GET", "/api/annotation?start_time=1&method_override=delete", {"grafana": 403, None: 401, "probe": 204},
    ),
    "a read that writes": ("GET", "/api/uid/assign?metric=x", {"grafana": 403, None: 401, "probe": 200}),
}  # fmt: skip


@pytest.mark.parametrize("method, path, expected", DETOURS.values(), ids=DETOURS.keys())
async def test_no_detour_leads_around_the_scopes(client, tokens, method, path, expected):
    found = {}
    for name in expected:
        headers = {"Authorization": f"Bearer {tokens[name]}"} if name else {}
        async with client.session.request(method, path, headers=headers) as response:
            found[name] = response.status

    assert found == expected


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.path)
async def test_without_a_token_only_open_rows_answer(client, row):
    for method in row.handlers:
        async with client.session.request(method, row.path) as response:
            assert (response.status == 401) == (row.access_of(method) is not Access.NONE)


@pytest.mark.parametrize("name, may", [("probe", True), ("grafana", False), (None, False)])
async def test_batches_are_sent_with_a_token(settings, tokens, name, may):
    runner, url = await start(settings)
    async with BatchClient(url, tokens.get(name, "")) as sender:
        await sender.hello()
        if may:
            assert (await sender.send(gzip.compress(packed()))).dup is False
        else:
            with pytest.raises(DeliveryError, match="403: " if name else "401: "):
                await sender.send(gzip.compress(packed()))
    await runner.cleanup()


async def test_a_missing_scope_is_named(client, tokens):
    _, told = await client.post("/api/put", POINT, Authorization=f"Bearer {tokens['grafana']}")

    assert told["error"]["message"] == "this token may not write"


async def test_no_log_has_a_token(client, tokens, caplog):
    caplog.set_level(logging.DEBUG)
    for path in (READ, WRITE, "/api/nosuch"):
        await status_of(client, path, f"Bearer {tokens['grafana']}")
        await status_of(client, path, basic("grafana", tokens["grafana"]))

    assert tokens["grafana"] not in caplog.text


async def test_tokens_are_read_again_when_told(settings, tokens, caplog):
    runner, _ = await start(settings)
    security = runner.app[SECURITY]
    path = settings.tokens
    assert path is not None
    old, (new, table) = Credential(tokens["ops"]), new_token("later", "read")

    path.write_text("not = [toml")
    security.read_again()
    assert security.tokens.authorise(old, Access.WRITE)
    assert "what was read before stays" in caplog.text

    path.write_text(table)
    security.read_again()
    assert not security.tokens.authorise(old, Access.READ)
    assert security.tokens.authorise(Credential(new), Access.READ)
    assert not security.tokens.authorise(Credential(new), Access.WRITE)
    await runner.cleanup()


def test_without_holders_everyone_may_and_with_an_empty_list_nobody():
    assert Tokens(None).authorise(None, Access.WRITE)
    assert not Tokens([]).authorise(Credential(""), Access.READ)
    assert Tokens([]).authorise(None, Access.NONE)


def test_every_holder_is_looked_at(monkeypatch):
    looked = []

    def same(one, other):
        looked.append(other)
        return one == other

    monkeypatch.setattr("tsdbserver.auth.tokens._same", same)
    holders = [Holder(f"h{i}", token_hash(f"t{i}"), "read") for i in range(3)]

    for token in ("t0", "t2", "none"):
        looked.clear()
        Tokens(holders).allowed(Credential(token))
        assert looked == [holder.hash for holder in holders]


@pytest.mark.parametrize(
    "header, credential",
    [
        ("Bearer abc", Credential("abc")),
        ("bearer  abc ", Credential("abc")),
        (basic("n", "a:b"), Credential("a:b", "n")),
        ("Basic", None),
        ("Negotiate abc", None),
    ],
)
def test_the_header_is_read(header, credential):
    assert parse_authorization(header) == credential


BAD_FILES = {
    "a = 1": "'a' is not a table [a] with scope and sha256",
    "[a]\nscope = 'rw'": "[a] scope: 'rw' is none of read, write, both",
    "[a]\nscope = 'read'\nsha256 = 'abc'": "[a] sha256: not 64 hexadecimal digits",
    "[a]\nscope = 'read'\npassword = 'x'": "[a] has no 'password', only scope and sha256",
    "[a": "at line 1",
}


@pytest.mark.parametrize("text, message", BAD_FILES.items())
def test_a_wrong_file_of_tokens_is_named(tmp_path, text, message):
    path = tmp_path / "tokens.toml"
    path.write_text(text)

    with pytest.raises(SettingError) as caught:
        read_tokens_file(path)

    assert str(caught.value).startswith(f"tokens: {path}: ")
    assert message in str(caught.value) or "end of document" in str(caught.value)
