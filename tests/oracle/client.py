"""How a row's request is sent: over HTTP, or as a line on the same port."""

import gzip
import http.client
import json
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE_S = 30


class Answer(NamedTuple):
    """What came back; a line's answer is text alone."""

    text: str
    status: int = 0
    headers: Mapping[str, str] = MappingProxyType({})


class Client:
    """Asks one server."""

    def __init__(self, url):
        address = urlsplit(url)
        self._address = (address.hostname, address.port)

    def ask(self, row):
        """The answer to a row's request; a connection that breaks is an answer, too, if a wrong one."""
        try:
            if row["method"] == "TELNET":
                return self.say(row["body"])
            return self.send(row["method"], row["path"], row.get("body"), row.get("request_headers") or {})
        except (OSError, http.client.HTTPException) as error:
            return Answer(f"no answer: {error!r}")

    def send(self, method, path, body=None, headers=None):
        """The answer to an HTTP request; a body that is no text is sent as JSON."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        sent = {**({} if data is None else {"Content-Type": "application/json"}), **(headers or {})}
        connection = http.client.HTTPConnection(*self._address, timeout=PATIENCE_S)
        try:
            connection.request(method, path, data, sent, encode_chunked="Transfer-Encoding" in sent)
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def say(self, line):
        """What is said to a line until the server has hung up, which it does when nothing more can come."""
        with socket.create_connection(self._address, timeout=PATIENCE_S) as door:
            door.sendall(line.encode() + b"\n")
            door.shutdown(socket.SHUT_WR)
            return Answer(b"".join(iter(lambda: door.recv(65536), b"")).decode(errors="replace"))


def _answer(response):
    headers = {name.lower(): value for name, value in response.getheaders()}
    body = response.read()
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(body.decode(errors="replace"), response.status, headers)
