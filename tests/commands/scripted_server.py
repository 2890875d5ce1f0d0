"""A server in a thread that answers as it is told, and can go away and come back on its port."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgpack

HELLO = (200, b'{"protocol": "tdigest", "versions": [1]}')
STORED = (200, b'{"ok": true, "dup": false, "series": 1, "refused": [], "now": 0}')


class ScriptedServer:
    """`batches` are the messages that were posted to it; `hello` and `batch` are its answers."""

    def __init__(self, hello=HELLO, batch=STORED) -> None:
        self.hello = hello
        self.batch = batch
        self.batches: list[dict] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: ScriptedServer

    def do_GET(self) -> None:
        self._answer(*self.script.hello)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.script.batches.append(msgpack.unpackb(gzip.decompress(body)))
        self._answer(*self.script.batch)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def listening(script: ScriptedServer, port: int = 0) -> Iterator[str]:
    """Its URL, for as long as it is there."""
    handler = type("Handler", (_Handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
