"""Small pages, for browsers: an error, and the way to another page."""

from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1rem; }}
</style></head>
<body><h1>{title}</h1><p>{message}</p><p><a href="/">Home</a></p></body></html>
"""
_REDIRECT = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Moved</title><meta http-equiv="refresh" content="0; url={url}"></head>
<body><p><a href="{url}">Go on</a></p></body></html>
"""


def render_page(title: str, message: str) -> bytes:
    """The page that says `message`."""
    return _PAGE.format(title=escape(title), message=escape(message)).encode()


def render_redirect(url: str) -> bytes:
    """The page that leads to another one of this server."""
    return _REDIRECT.format(url=escape(url)).encode()
