"""TLS, from the settings."""

import ssl
from pathlib import Path

from tsdbserver.settings.table import SettingError, Settings


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the certificate of the settings, None without one. SettingError if it does not load."""
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_certificate(context, settings)
    return context


def load_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    """Use the certificate as it is now in its file, for connections to come."""
    assert settings.tls_cert is not None
    try:
        # A function: without one OpenSSL asks the terminal for the password of an encrypted key.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, lambda: settings.tls_key_password)
    except OSError as error:  # ssl.SSLError is one
        raise SettingError(_fault(settings.tls_cert, settings.tls_key, error)) from None


def _fault(certificate: Path, key: Path | None, error: OSError) -> str:
    """What is wrong with the files; OpenSSL's own words are few."""
    files = f"{certificate} and {key}" if key else str(certificate)
    if isinstance(error, ssl.SSLError) and not _holds(certificate, b"CERTIFICATE-----"):
        return f"tls-cert: {files}: there is no certificate in {certificate}"
    if isinstance(error, ssl.SSLError) and not _holds(key or certificate, b"PRIVATE KEY-----"):
        return f"tls-cert: {files}: there is no private key in {key or certificate}"
    return f"tls-cert: {files}: {error.strerror or error}"


def _holds(path: Path, marker: bytes) -> bool:
    """Whether a PEM file has a part of a kind."""
    try:
        return marker in path.read_bytes()
    except OSError:  # gone meanwhile: there is nothing better to say
        return True
