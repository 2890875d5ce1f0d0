"""Text in a charset that a client names → UTF-8, which is all that the parsers read."""

from tsdbserver.errors import BadRequest, UnsupportedMedia

UTF_8 = "utf-8"

_CODECS = {
    UTF_8: ("utf-8", "utf8"),
    "ascii": ("us-ascii", "ascii"),
    "latin-1": ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1"),
    "iso8859-15": ("iso-8859-15", "iso8859-15", "latin-9"),
    "cp1252": ("windows-1252", "cp1252", "cp-1252"),
    "utf-16": ("utf-16", "utf16"),
    "utf-16-le": ("utf-16le",),
    "utf-16-be": ("utf-16be",),
}
"""Python's names and the names that clients use. A table, since Python has codecs that are no charsets, and keeps every
name that it was ever asked for.
"""
_NAMES = {name: codec for codec, names in _CODECS.items() for name in names}


def find_codec(charset: str | None) -> str:
    """Python's codec for a charset's name, UTF-8 if there is none; UnsupportedMedia if it is not known."""
    name = (charset or "").strip().strip("\"'").lower().replace("_", "-")
    if not name:
        return UTF_8
    if name not in _NAMES:
        known = ", ".join(names[0] for names in _CODECS.values())
        raise UnsupportedMedia(f"unknown charset '{charset}' in Content-Type: this server reads {known}")
    return _NAMES[name]


def to_utf_8(body: bytes, codec: str) -> bytes:
    """The text of a body as UTF-8; BadRequest if its bytes are not of that codec."""
    try:
        return body.decode(codec).encode()
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"the body is not in the charset of its Content-Type: byte {error.start} is no {_CODECS[codec][0]}"
        ) from None
