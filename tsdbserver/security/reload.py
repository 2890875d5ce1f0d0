"""Tokens and certificate: what settings name as files, and may be read again while the server runs."""

import ipaddress
import logging

from tsdbserver.auth.tokens import Holder, Tokens
from tsdbserver.security.tls import load_certificate, server_context
from tsdbserver.security.tokens_file import read_tokens_file
from tsdbserver.settings.table import SettingError, Settings

logger = logging.getLogger(__name__)


class Security:
    """`tokens` guards the doors, `tls` is None for plain connections. SettingError if a file cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.tokens = Tokens(_holders(settings))
        self.tls = server_context(settings)

    def read_again(self) -> None:
        """Take the files as they are now; if one cannot be used that is logged, and all that was read before stays."""
        try:
            holders = _holders(self._settings)
            server_context(self._settings)  # a trial: a key that does not fit would leave a context without any
            if self.tls is not None:
                load_certificate(self.tls, self._settings)
            self.tokens.replace(holders)
        except SettingError as error:
            logger.error("%s: what was read before stays", error)  # noqa: TRY400
        else:
            logger.info("tokens and certificate were read again")

    def warn(self) -> None:
        """Log what an operator may not have meant."""
        host, _ = self._settings.listen
        if self._settings.tokens is None and not is_loopback(host):
            logger.warning("listening on %s without tokens: whoever reaches it reads and writes (setting tokens)", host)
        if self._settings.tokens is not None and self.tls is None and not is_loopback(host):
            logger.warning("listening on %s without TLS: tokens can be read on the way (setting tls-cert)", host)


def _holders(settings: Settings) -> list[Holder] | None:
    return None if settings.tokens is None else read_tokens_file(settings.tokens)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
