"""Who may do what: tokens and their scopes. Pure; every door asks here.

A token is made, not chosen (`tsdbserver token`): 256 random bits, of which only the SHA-256 is kept. No dictionary
finds it from the hash, so the hash can be a fast one and needs no salt.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from tsdbserver.auth.access import Access

SCOPES = {
    "read": frozenset((Access.READ, Access.KNOWN)),
    "write": frozenset((Access.WRITE, Access.KNOWN)),
    "both": frozenset((Access.READ, Access.WRITE, Access.KNOWN)),
}
"""A scope's word in the file of tokens, and what it allows."""

_NOTHING: frozenset[Access] = frozenset()
_EVERYTHING = frozenset(Access)


def token_hash(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a token: a name, the token's hash, a word of SCOPES."""

    name: str
    hash: bytes
    scope: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client showed: a token, and the name that it says it has, which basic auth demands."""

    token: str
    name: str | None = None


class Tokens:
    """All holders. `holders` may be replaced while the server runs; None says that everyone may do everything."""

    def __init__(self, holders: Iterable[Holder] | None) -> None:
        self.replace(holders)

    def replace(self, holders: Iterable[Holder] | None) -> None:
        """From now on these count."""
        self._holders = None if holders is None else tuple(holders)

    def authorise(self, credential: Credential | None, access: Access) -> bool:
        """Whether it allows `access`: the only question of a door that need not tell the reasons apart."""
        return access is Access.NONE or access in self.allowed(credential)

    def allowed(self, credential: Credential | None) -> frozenset[Access]:
        """What it allows; nothing if it is not known.

        Takes as long for a wrong token as for a right one: every holder is looked at, each hash to its end.
        """
        if self._holders is None:
            return _EVERYTHING
        if credential is None:
            return _NOTHING
        shown, found = token_hash(credential.token), _NOTHING
        for holder in self._holders:
            named = credential.name is None or _same(credential.name.encode(), holder.name.encode())
            if _same(shown, holder.hash) and named:
                found = SCOPES[holder.scope]
        return found


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
