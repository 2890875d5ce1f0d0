"""TLS with a certificate made here."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace

import aiohttp
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from tsdbserver.app import SECURITY, start
from tsdbserver.auth.access import Access
from tsdbserver.auth.tokens import Credential
from tsdbserver.security.reload import Security
from tsdbserver.security.tls import server_context
from tsdbserver.security.tokens_file import new_token
from tsdbserver.settings.table import SettingError, Settings


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A certificate for 127.0.0.1, its key, and the key again with the password `swordfish`."""
    path, issued = tmp_path_factory.mktemp("tls"), trustme.CA().issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(path / "cert.pem")
    issued.private_key_pem.write_to_path(path / "key.pem")
    issued.private_key_and_cert_chain_pem.write_to_path(path / "both.pem")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"swordfish"),
    )
    (path / "locked.pem").write_bytes(locked)
    return path


def trusting(made) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=made / "cert.pem")
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is trusted, not who issued it
    return context


FILES = {
    "two files": {"tls_cert": "cert.pem", "tls_key": "key.pem"},
    "one file": {"tls_cert": "both.pem"},
    "a locked key": {"tls_cert": "cert.pem", "tls_key": "locked.pem", "tls_key_password": "swordfish"},
}


def settings_of(made, tls_key_password="", **files):
    paths = {name: made / file for name, file in files.items()}
    return Settings(listen=("127.0.0.1", 0), tls_key_password=tls_key_password, **paths)


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
async def test_the_server_speaks_tls(made, files):
    runner, url = await start(settings_of(made, **files))
    connector = aiohttp.TCPConnector(ssl=trusting(made))

    async with aiohttp.ClientSession(url, connector=connector) as session, session.get("/api/version") as response:
        assert (url[:8], response.status) == ("https://", 200)
    runner.app[SECURITY].read_again()
    await runner.cleanup()


@pytest.mark.parametrize(
    "data", [b"", b"GET /api/version HTTP/1.1\r\n\r\n", bytes(99)], ids=["nothing", "plain", "zeros"]
)
async def test_whoever_speaks_no_tls_is_hung_up_on(made, data, caplog):
    runner, _ = await start(replace(settings_of(made, tls_cert="both.pem"), client_timeout=200))
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(data)
        with suppress(ConnectionError):
            assert b"HTTP" not in await reader.read()
        writer.close()
    await runner.cleanup()

    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


async def test_connections_whose_handshake_failed_do_not_count_for_ever(made):
    most = 3
    settings = settings_of(made, tls_cert="both.pem")
    runner, _ = await start(replace(settings, client_timeout=200, max_connections=most))
    address, context = runner.addresses[0][:2], trusting(made)
    for _ in range(most):
        await said_without_tls(address)
    async with asyncio.timeout(60):
        while await version_over_tls(address, context) is None:
            pass
    await runner.cleanup()


async def said_without_tls(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /api/version HTTP/1.1\r\n\r\n")
    with suppress(ConnectionError):
        await reader.read()
    writer.close()


async def version_over_tls(address, context):
    """The answer to the line `version`, None if the connection is closed unheard."""
    try:
        reader, writer = await asyncio.open_connection(*address, ssl=context)
    except (ConnectionError, ssl.SSLError):
        return None
    writer.write(b"version\nexit\n")
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_certificate_that_does_not_fit_its_key_leaves_the_one_before(made, tmp_path, caplog):
    for file in ("cert.pem", "key.pem"):
        (tmp_path / file).write_bytes((made / file).read_bytes())
    runner, _ = await start(settings_of(tmp_path, **FILES["two files"]))
    trustme.CA().issue_cert("127.0.0.1").cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")

    runner.app[SECURITY].read_again()

    assert b"tsdbserver" in (await version_over_tls(runner.addresses[0][:2], trusting(made)) or b"")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    await runner.cleanup()


def test_tokens_beside_a_certificate_that_does_not_fit_are_not_taken_either(made, tmp_path):
    for file in ("cert.pem", "key.pem"):
        (tmp_path / file).write_bytes((made / file).read_bytes())
    tokens = tmp_path / "tokens.toml"
    (before, table), (after, later) = new_token("before", "both"), new_token("after", "both")
    tokens.write_text(table)
    security = Security(replace(settings_of(tmp_path, **FILES["two files"]), tokens=tokens))
    trustme.CA().issue_cert("127.0.0.1").cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    tokens.write_text(later)

    security.read_again()

    assert security.tokens.authorise(Credential(before), Access.READ)
    assert not security.tokens.authorise(Credential(after), Access.READ)


def test_old_versions_of_the_protocol_are_not_offered(made):
    context = server_context(settings_of(made, tls_cert="both.pem"))

    assert context is not None
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_NONE


WRONG = {
    "no key": ({"tls_cert": "cert.pem"}, "there is no private key in {made}/cert.pem"),
    "no certificate": ({"tls_cert": "key.pem"}, "there is no certificate in {made}/key.pem"),
    "a certificate for a key": ({"tls_cert": "both.pem", "tls_key": "cert.pem"}, "no private key in {made}/cert.pem"),
    "no password": ({"tls_cert": "cert.pem", "tls_key": "locked.pem"}, ""),
    "a wrong password": ({"tls_cert": "cert.pem", "tls_key": "locked.pem", "tls_key_password": "sesame"}, ""),
}


@pytest.mark.parametrize("files, reason", WRONG.values(), ids=WRONG.keys())
def test_a_certificate_that_is_of_no_use_is_named(made, files, reason):
    with pytest.raises(SettingError, match=f"tls-cert: {made}") as caught:
        server_context(settings_of(made, **files))

    assert reason.format(made=made) in str(caught.value)
    assert "sesame" not in str(caught.value)
