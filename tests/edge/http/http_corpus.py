"""What arrives at an HTTP port: requests that are whole, odd, broken or hostile, and the statuses of their answers.

None in the place of a status is a connection that is closed without an answer. Whatever a fuzzer found belongs here.
"""

HOST = b"Host: tsdb\r\n"
PUT = b"POST /api/put HTTP/1.1\r\n" + HOST
GET = b"GET /api/version HTTP/1.1\r\n" + HOST
POINT = b'{"metric":"cpu","timestamp":1356998400,"value":1,"tags":{"host":"a"}}'


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def sized(body: bytes, size: int | bytes | None = None) -> bytes:
    """A body behind a length, its own or another."""
    length = size if isinstance(size, bytes) else b"%d" % (len(body) if size is None else size)
    return b"Content-Length: %s\r\n\r\n%s" % (length, body)


IN_CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"

CORPUS: dict[str, tuple[bytes, list[int] | None]] = {
    "a get": (GET + b"\r\n", [200]),
    "a put": (PUT + sized(POINT), [204]),
    "a put in chunks": (PUT + IN_CHUNKS + chunked(POINT[:9], POINT[9:]), [204]),
    "a put in chunks of a byte": (PUT + IN_CHUNKS + chunked(*(POINT[i : i + 1] for i in range(len(POINT)))), [204]),
    "a trailer": (PUT + IN_CHUNKS + chunked(POINT, end=b"0\r\nX: y\r\n\r\n"), [204]),
    "HTTP/1.0": (b"GET /api/version HTTP/1.0\r\n\r\n", [200]),
    "pipelined": ((GET + b"\r\n") * 3, [200, 200, 200]),
    "pipelined puts": ((PUT + sized(POINT)) * 3, [204, 204, 204]),
    # What arrives together is parsed together.
    "pipelined, the second broken": (GET + b"\r\n" + b"GET /\x00 HTTP/1.1\r\n\r\n", [400]),
    "empty lines first": (b"\r\n\r\n" + GET + b"\r\n", None),
    "a wrong method": (b"BREW /api/version HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "a method in lower case": (b"get /api/version HTTP/1.1\r\n" + HOST + b"\r\n", None),
    "HTTP/0.9": (b"GET /\r\n", None),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n\r\n", [400]),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), None),
    "zeros": (bytes(1000), None),
    "a head without an end": (GET, None),
    "half a first line": (b"GET /api/ver", None),
    "a header without a colon": (GET + b"nonsense\r\n\r\n", [400]),
    "a header without a name": (GET + b": x\r\n\r\n", [400]),
    "a zero in a header": (GET + b"X: a\x00b\r\n\r\n", [400]),
    "a folded header": (GET + b"X: a\r\n b\r\n\r\n", [400]),
    "two hosts": (GET + HOST + b"\r\n", [400]),
    "no host": (b"GET /api/version HTTP/1.1\r\n\r\n", [400]),
    "a long first line": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", [400]),
    "a long header": (GET + b"X: " + b"a" * 70_000 + b"\r\n\r\n", [400]),
    "many headers": (GET + b"".join(b"X%d: y\r\n" % i for i in range(5000)) + b"\r\n", [400]),
    "a bare line feed": (b"GET /api/version HTTP/1.1\nHost: x\n\n", [400]),
    "a length of nothing": (PUT + sized(POINT, b""), [400]),
    "a negative length": (PUT + sized(POINT, -1), [400]),
    "a length with a sign": (PUT + sized(POINT, b"+69"), [400]),
    "a hexadecimal length": (PUT + sized(POINT, b"0x45"), [400]),
    "a huge length": (PUT + sized(POINT, b"9" * 30), [400]),
    "a length past the limit": (PUT + sized(POINT, 10**9), [413]),
    "two lengths": (PUT + b"Content-Length: 1\r\n" + sized(POINT), [400]),
    "a length too long": (PUT + sized(POINT, 1000), [408]),
    "a length too short": (PUT + sized(POINT, 10), [400]),
    "a length and chunks": (PUT + b"Content-Length: 5\r\n" + IN_CHUNKS + chunked(POINT), [400]),
    "chunks twice": (PUT + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + chunked(POINT), [400]),
    "an unknown coding": (PUT + b"Transfer-Encoding: gzip\r\n\r\n" + POINT, [400]),
    "a chunk of no size": (PUT + IN_CHUNKS + b"zz\r\n" + POINT, [400]),
    "a chunk of a negative size": (PUT + IN_CHUNKS + b"-1\r\n" + POINT, [400]),
    "a chunk of a huge size": (PUT + IN_CHUNKS + b"f" * 30 + b"\r\n" + POINT, [400]),
    "a chunk longer than it says": (PUT + IN_CHUNKS + b"5\r\n" + POINT + b"\r\n0\r\n\r\n", [400]),
    "chunks without an end": (PUT + IN_CHUNKS + chunked(POINT, end=b""), [408]),
    "an expectation": (PUT + b"Expect: 100-continue\r\n" + sized(POINT), [100, 204]),
    "an unknown expectation": (PUT + b"Expect: tea\r\n" + sized(POINT), [417]),
    "an upgrade": (GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + b"\x81\x05hello" * 9, [200, 400]),
    "CONNECT": (b"CONNECT tsdb:4242 HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "an absolute address": (b"GET http://tsdb/api/version HTTP/1.1\r\n" + HOST + b"\r\n", [200]),
    "a bad absolute address": (b"GET http://[::1/ HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "bytes that are no UTF-8": (b"GET /api/\xff\xfe?q=\xff HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "bad percent signs": (b"GET /api/version?%zz=%&%ff%fe=%00 HTTP/1.1\r\n" + HOST + b"\r\n", [200]),
    "a body that is no gzip": (PUT + b"Content-Encoding: gzip\r\n" + sized(POINT), [400]),
    "a body of an unknown encoding": (PUT + b"Content-Encoding: br\r\n" + sized(POINT), [415]),
    "a get with a body": (GET + sized(POINT), [200]),
}
