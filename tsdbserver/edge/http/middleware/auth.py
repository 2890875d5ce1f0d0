"""The `Authorization` header, and whether who sent it may do what is asked."""

import base64
import binascii

from aiohttp import web

from tsdbserver.auth.access import Access
from tsdbserver.auth.tokens import Credential, Tokens
from tsdbserver.edge.http.server.dispatch import Permit
from tsdbserver.errors import Forbidden, Unauthorized

CHALLENGES = (
    ("WWW-Authenticate", 'Bearer realm="tsdbserver"'),
    ("WWW-Authenticate", 'Basic realm="tsdbserver", charset="UTF-8"'),
)
"""What a 401 says of how to come in (RFC 6750, RFC 7617)."""


def permit_by(tokens: Tokens) -> Permit:
    """Unauthorized for who is not known, Forbidden for a token without the scope."""

    def permit(request: web.Request, access: Access) -> None:
        if access is Access.NONE:
            return
        header = request.headers.get("Authorization", "")
        credential = parse_authorization(header)
        allowed = tokens.allowed(credential)
        if not allowed:
            raise Unauthorized(_reason(header, credential))
        if access not in allowed:
            raise Forbidden(f"this token may not {access}")

    return permit


def _reason(header: str, credential: Credential | None) -> str:
    """What is wrong with the header in itself. The log and many clients show nothing but this."""
    if not header.strip():
        return "no token was sent"
    if credential is None:
        return "the Authorization header is neither Bearer nor Basic of a name and a token"
    return "the token, or the name that came with it, is wrong"


def parse_authorization(header: str) -> Credential | None:
    """`Bearer TOKEN` or `Basic base64(NAME:TOKEN)`; None if it is neither."""
    scheme, _, rest = header.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return Credential(rest.strip())
        case "basic":
            return _basic(rest.strip())
    return None


def _basic(text: str) -> Credential | None:
    try:
        name, colon, token = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return Credential(token, name) if colon else None
