"""The file of tokens: TOML, a table for each holder, `scope` and `sha256` in it. It holds no secret.

[grafana]
scope = "read"
sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
"""

import re
import secrets
import tomllib
from pathlib import Path

from tsdbserver.auth.tokens import SCOPES, Holder, token_hash
from tsdbserver.settings.table import SettingError

_KEYS = {"scope", "sha256"}
_HASH = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_PREFIX = "tsdb_"
"""By which people and scanners of repositories know what they have found."""


def read_tokens_file(path: Path) -> list[Holder]:
    """The holders in the file. SettingError names the file, the holder and what is wrong, and quotes no hash."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        return [_holder(name, table) for name, table in content.items()]
    except OSError as error:
        raise SettingError(f"tokens: {path}: {error.strerror}") from None
    except ValueError as error:
        raise SettingError(f"tokens: {path}: {error}") from None


def new_token(name: str, scope: str) -> tuple[str, str]:
    """A new token, and the table to put into the file."""
    token = _PREFIX + secrets.token_urlsafe(32)
    return token, f'[{name}]\nscope = "{scope}"\nsha256 = "{token_hash(token).hex()}"\n'


def _holder(name: str, table: object) -> Holder:
    if not isinstance(table, dict):
        raise ValueError(f"'{name}' is not a table [{name}] with scope and sha256")  # noqa: TRY004
    if strange := sorted(table.keys() - _KEYS):
        raise ValueError(f"[{name}] has no '{strange[0]}', only scope and sha256")
    scope, digest = table.get("scope"), table.get("sha256")
    if scope not in SCOPES:
        raise ValueError(f"[{name}] scope: '{scope}' is none of {', '.join(SCOPES)}")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise ValueError(f"[{name}] sha256: not 64 hexadecimal digits")
    return Holder(name, bytes.fromhex(digest), scope)
