"""An error as a page, for browsers."""

from html import escape

_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{message}</p></body></html>
"""


def render_page(title: str, message: str) -> bytes:
    """The page that says `message`."""
    return _PAGE.format(title=escape(title), message=escape(message)).encode()
