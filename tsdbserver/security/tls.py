"""TLS, from the settings."""

import ssl

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
        files = " and ".join(str(path) for path in (settings.tls_cert, settings.tls_key) if path)
        raise SettingError(f"tls-cert: {files}: {error.strerror or error}") from None
