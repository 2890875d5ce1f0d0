"""`/api/uid`: names to number, a name to change, and their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
import orjson

from tsdbserver.errors import BadRequest
from tsdbserver.model.uid import NameKind, uid_text
from tsdbserver.wire.decoding import decoded

KINDS = {"metric": NameKind.METRIC, "tagk": NameKind.TAG_KEY, "tagv": NameKind.TAG_VALUE}
"""What the API calls the kinds of names."""

_TYPES = {**KINDS, "metrics": NameKind.METRIC}
_SHOWN = {NameKind.METRIC: "METRIC", NameKind.TAG_KEY: "TAGK", NameKind.TAG_VALUE: "TAGV"}
_DIGITS = 6

_names = msgspec.json.Decoder(dict[str, list[str | None]])
_texts = msgspec.json.Decoder(dict[str, str | None])
_not_understood = partial(BadRequest, "Unable to parse the given JSON")

Wanted = Mapping[str, Sequence[str | None]]
"""Names to number, by what the API calls their kinds."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A name of a kind, spelled as the API does, and what it is to become."""

    kind: str
    old: str
    new: str


def parse_assignment(body: bytes) -> Wanted:
    """The names in a body. BadRequest if there are none."""
    return _some(decoded(_names.decode, _content(body), _not_understood))


def parse_assignment_uri(parameters: Mapping[str, str]) -> Wanted:
    """The names in a query string, parted by commas. BadRequest if there are none."""
    return _some({kind: parameters[kind].split(",") for kind in KINDS if parameters.get(kind)})


def _some(wanted: Wanted) -> Wanted:
    if not wanted:
        raise BadRequest("Missing values to assign UIDs")
    return wanted


def parse_renaming(body: bytes) -> Renaming:
    """The renaming in a body. BadRequest if something is missing."""
    return _renaming(decoded(_texts.decode, _content(body), _not_understood))


def parse_renaming_uri(parameters: Mapping[str, str]) -> Renaming:
    """The renaming in a query string. BadRequest if something is missing."""
    return _renaming({name: parameters[name] for name in (*KINDS, "name") if name in parameters})


def _renaming(fields: Mapping[str, str | None]) -> Renaming:
    kind = next((name for name in fields if name != "name"), "")
    old, new = fields.get(kind), fields.get("name")
    if not (old and new):
        raise BadRequest("Missing necessary values to rename UID")
    return Renaming(kind, old, new)


def _content(body: bytes) -> bytes:
    if not body:
        raise BadRequest("Missing message content", "Supply valid JSON formatted data in the body of your request")
    return body


def parse_uid(parameters: Mapping[str, str]) -> tuple[NameKind, int]:
    """Kind and id of a name that is asked for. BadRequest for a parameter that is missing or none of these."""
    for name in ("uid", "type"):
        if not parameters.get(name):
            raise BadRequest(f"Missing parameter <code>{name}</code>")
    kind = _TYPES.get(parameters["type"].lower())
    if kind is None:
        raise BadRequest(f"Invalid type requested: {parameters['type']}")
    digits = parameters["uid"]
    if len(digits) != _DIGITS or set(digits) - set("0123456789abcdefABCDEF"):
        raise BadRequest(f"Invalid UID: '{digits}'", "a UID is six hexadecimal digits")
    return kind, int(digits, 16)


def no_such_uid(kind: NameKind, uid: int) -> str:
    """What OpenTSDB says of an id that nothing has: its bytes as Java prints them."""
    signed = [byte - 256 if byte > 127 else byte for byte in uid.to_bytes(3)]
    return f"No such unique ID for '{kind}': {signed}"


def render_uid(kind: NameKind, uid: int, name: str) -> bytes:
    """What is known of a name: no more than the name."""
    return orjson.dumps(
        {
            "uid": uid_text(uid),
            "type": _SHOWN[kind],
            "name": name,
            "description": "",
            "notes": "",
            "created": 0,
            "custom": None,
            "displayName": "",
        }
    )


def render_renamed(error: str) -> bytes:
    """Whether a renaming took place, and if not, why."""
    return orjson.dumps({"result": "false", "error": error} if error else {"result": "true"})
