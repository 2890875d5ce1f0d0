"""The line protocol, on the port of HTTP."""

import asyncio
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest

from tsdbserver.app import SECURITY, build_app
from tsdbserver.auth.tokens import Tokens
from tsdbserver.edge.core.services import SERVICES
from tsdbserver.edge.telnet.commands import COMMANDS
from tsdbserver.edge.telnet.connection import LineProtocol
from tsdbserver.edge.telnet.session import LineDoor, Session
from tsdbserver.model.time import MAX_TIMESTAMP_MS, TimeSpan
from tsdbserver.security.tokens_file import new_token
from tsdbserver.settings.table import Settings
from tsdbserver.store.interface import TOO_OLD
from tsdbserver.wire.points.telnet_lines import MAX_LINE

PUT = "put cpu 1356998400 1.5 host=web01"


class Talk:
    """One connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def say(self, *lines, end="\n", encoding="latin-1"):
        self.writer.write("".join(line + end for line in lines).encode(encoding))
        await self.writer.drain()

    async def hear(self):
        return (await self.reader.readline()).decode()

    async def rest(self):
        """What comes until the server hangs up, once nothing more is said."""
        self.writer.write_eof()
        return (await self.reader.read()).decode()


@pytest.fixture
async def connect(client):
    talks = []

    async def opened():
        url = client.session._base_url
        talks.append(Talk(*await asyncio.open_connection(url.host, url.port)))
        return talks[-1]

    yield opened
    for talk in talks:
        talk.writer.transport.abort()


@pytest.fixture
async def talk(connect):
    return await connect()


async def stored(client, metric="cpu"):
    status, answer = await client.get("/api/query", m=f"none:{metric}", start="1356998000", end="1356999000")
    return {tuple(one["tags"].items()): one["dps"] for one in answer} if status == 200 else {}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_a_put_is_stored_in_silence(client, talk, end):
    await talk.say(PUT, "put cpu 1356998401 -2e0 host=web01", end=end)

    assert await talk.rest() == ""
    assert await stored(client) == {(("host", "web01"),): {"1356998400": 1.5, "1356998401": -2.0}}


async def test_a_histogram_is_stored_in_silence(client, talk):
    await talk.say(
        "histogram rt 1356998400 u=1:0,2=3 host=web01", "histogram rt 1356998401 42 AAEAAAAAQAAAAAMBAA== host=a"
    )

    assert await talk.rest() == ""
    assert await stored(client, "rt.count") == {
        (("host", "web01"),): {"1356998400": 4.0}, (("host", "a"),): {"1356998401": 4.0},
    }  # fmt: skip


NAMES = ["Zürich", "tête", "日本", "Ελλάδα", "host-ß_1", "ÃŸ", "ª"]


@pytest.mark.parametrize("copies", [1, 9], ids=["slow path", "fast path"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_name_in_utf_8_is_the_name_that_http_has(client, talk, name, copies):
    for time, value in ((1356998400, 1), (1356998500, 1)):
        point = {"metric": f"m.{name}", "timestamp": time, "value": value, "tags": {name: name}}
        assert (await client.post("/api/put", point))[0] == 204
    await talk.say(*[f"put m.{name} {1356998401 + i} 2 {name}={name}" for i in range(copies)], encoding="utf-8")
    await talk.say(f"histogram h.{name} 1356998400 u=1:0,2=3 {name}={name}", encoding="utf-8")

    assert await talk.rest() == ""
    times = {"1356998400": 1.0, "1356998500": 1.0} | {str(1356998401 + i): 2.0 for i in range(copies)}
    assert await stored(client, f"m.{name}") == {((name, name),): times}
    assert list(await stored(client, f"h.{name}.count")) == [((name, name),)]


@pytest.mark.parametrize("copies", [1, 9], ids=["slow path", "fast path"])
@pytest.mark.parametrize("name", ["Zürich", "tête", "é", "Ãé"])
async def test_a_name_that_is_no_utf_8_is_iso_8859_1(client, talk, name, copies):
    first = {"metric": f"m.{name}", "timestamp": 1356998400, "value": 1, "tags": {"host": name}}
    assert (await client.post("/api/put", first))[0] == 204
    await talk.say(*[f"put m.{name} {1356998401 + i} 2 host={name}" for i in range(copies)])

    assert await talk.rest() == ""
    assert len((await stored(client, f"m.{name}"))[("host", name),]) == 1 + copies


@pytest.mark.parametrize(
    "line, answer",
    {
        "püt": "unknown command: püt.  Try `help'.",
        "put m 1 1 host=日€": 'put: illegal argument: Invalid tag value with key [host] ("日€"): illegal character: €',
        "put m 1 1 host": "put: illegal argument: invalid tag: host",
        "put m 1 1 日本": "put: illegal argument: invalid tag: 日本",
        "rollup 1m-sum ü٣ ٣ 1 host=a": "rollup: invalid value: Invalid character '٣' in ٣",
        "histogram Zürich 1 ü=1 host=a": "histogram: HBase error: Improperly formatted bounds: ü=1",
    }.items(),
)
async def test_an_error_repeats_utf_8(talk, line, answer):
    await talk.say(line, encoding="utf-8")

    assert (await talk.hear()).rstrip("\n") == answer


async def test_bytes_may_come_one_by_one(client, talk):
    for character in PUT + "\r\n":
        await talk.say(character, end="")

    assert await talk.rest() == ""
    assert await stored(client) == {(("host", "web01"),): {"1356998400": 1.5}}


ERRORS = {
    "put cpu 1356998400 1.5x host=a": 'put: invalid value: For input string: "1.5x"',
    "put cpu 1356998400 1.2.3 host=a": "put: invalid value: multiple points",
    "put cpu 1356998400 + host=a": "put: invalid value: Just a sign, no value: +",
    "put cpu 1356998400 12345678901234567890 host=a": "put: invalid value: Value too long: 12345678901234567890",
    "put cpu  1 host=a": "put: invalid value: Empty string",
    "put cpu 1356998400 1  ": "put: illegal argument: Need at least one tag (metric=cpu, tags={})",
    "put cpu 99999999999999 1.5 dc=b host=a": (
        "put: illegal argument: bad timestamp=99999999999999 when trying to add value=[63, -64, 0, 0]/11 "
        "to metric=cpu, tags={host=a, dc=b}"
    ),
    "put cpu 99999999999999 0.1 host=a": (
        "put: illegal argument: bad timestamp=99999999999999 when trying to add "
        "value=[63, -71, -103, -103, -103, -103, -103, -102]/15 to metric=cpu, tags={host=a}"
    ),
    "put cpu 99999999999999 -300 host=a": (
        "put: illegal argument: bad timestamp=99999999999999 when trying to add value=[-2, -44]/1 to metric=cpu, "
        "tags={host=a}"
    ),
    "put cpu 1356998400 1 h!=a": 'put: illegal argument: Invalid tag name with value [a] ("h!"): illegal character: !',
    "histogram rt 1356998400 u=x host=a": "histogram: HBase error: Invalid count 'x' in bucket: u=x",
    "histogram rt 1356998400 7 AAAA host=a": "histogram: HBase error: No codec found mapped to ID 7",
    "histogram rt 0 u=1 host=a": "histogram: illegal argument: invalid timestamp: 0",
    "histogram rt 1356998400": "histogram: illegal argument: not enough arguments (need least 5, got 2)",
    "rollup 1h-sum cpu 1356998400 1.5x host=a": 'rollup: invalid value: For input string: "1.5x"',
    "rollup sum  1356998400 1 host=a": "rollup: illegal argument: empty metric name",
    "rollup  cpu 1356998400 1 host=a": "rollup: illegal argument: Missing interval or aggregator",
    "GET / HTTP/1.0 is for the first line only": "unknown command: GET.  Try `help'.",
    "\xe9": "unknown command: é.  Try `help'.",
}  # fmt: skip


async def test_an_error_line_says_what_is_wrong_and_the_connection_goes_on(client, talk):
    await talk.say(*ERRORS, PUT)

    assert [await talk.hear() for _ in ERRORS] == [f"{line}\n" for line in ERRORS.values()]
    assert await talk.rest() == ""
    assert await stored(client) == {(("host", "web01"),): {"1356998400": 1.5}}


@pytest.mark.parametrize("length, is_stored", [(MAX_LINE, True), (MAX_LINE + 1, False), (3 * MAX_LINE, False)])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_a_line_too_long_is_dropped_in_silence(client, talk, length, is_stored, end):
    long = "put long 1356998400 1 host=".ljust(length, "x")
    await talk.say(long, PUT, end=end)

    assert await talk.rest() == ""
    assert (await stored(client, "long") != {}) is is_stored
    assert await stored(client) == {(("host", "web01"),): {"1356998400": 1.5}}


async def test_exit_hangs_up_and_what_follows_is_not_obeyed(client, talk):
    await talk.say("status", "exit", PUT)

    assert (await talk.reader.read()).decode() == "ok\n"
    assert await stored(client) == {}


async def test_the_server_is_not_stopped_by_its_clients(client, talk):
    await talk.say("diediedie", "version")

    assert await talk.hear() == "diediedie: this server is not stopped by its clients.\n"
    assert (await talk.hear()).startswith("tsdbserver ")
    assert (await client.get("/api/version"))[0] == 200


async def test_stats_are_counted(talk):
    await talk.say(PUT, "put", "stats")
    lines = (await talk.rest()).splitlines()[1:]
    counts = {(line.split()[0], line.split()[3]): int(line.split()[2]) for line in lines}

    assert counts["tsd.rpc.received", "type=telnet"] == 3
    assert counts["tsd.datapoints.added", "type=all"] == 1
    assert counts["tsd.rpc.errors", "type=refused"] == 1


async def test_both_protocols_on_one_port_at_once(client, connect):
    talks = [await connect() for _ in range(20)]
    for number, talk in enumerate(talks):
        await talk.say(f"put cpu 1356998400 {number} host=h{number}")
        assert await client.post("/api/put", {"metric": "cpu", "timestamp": 1356998401, "value": 1,
                                              "tags": {"host": f"h{number}"}}) == (204, None)  # fmt: skip
    assert [await talk.rest() for talk in talks] == [""] * 20

    assert len(await stored(client)) == 20


async def test_a_line_that_begins_like_http_and_is_none_is_hung_up_on(client, talk):
    await talk.say("PUT cpu 1356998400 42 host=a", PUT)

    assert await talk.rest() == ""
    assert await stored(client) == {}


@pytest.mark.parametrize("settings", [Settings(listen=("127.0.0.1", 0), telnet_idle=50)])
@pytest.mark.parametrize("begun", [b"", b"put cpu", b"PO", PUT.encode()])
async def test_a_silent_connection_is_hung_up_on(talk, begun):
    talk.writer.write(begun)

    assert await talk.reader.read() == b""


async def test_a_client_that_never_reads_is_read_no_further(client, talk):
    """Its errors fill what the sockets hold and not the server's memory: it stops being read from."""
    talk.writer.transport.set_write_buffer_limits(high=1)
    talk.reader._transport.pause_reading()
    line = b"unknown" * 100 + b"\n"
    for _ in range(300):
        talk.writer.write(line * 1_000)
        try:
            await asyncio.wait_for(talk.writer.drain(), 1)
        except TimeoutError:
            break
    else:
        pytest.fail("200 MB were read, and none of the answers")

    assert (await client.get("/api/version"))[0] == 200


async def test_lines_that_were_read_are_obeyed_when_the_server_stops():
    parts = build_app(Settings())[SERVICES]
    protocol = LineProtocol(LineDoor(parts, COMMANDS, Tokens(None), 60), gone=lambda _: None)
    protocol.connection_made(Mock())
    protocol.data_received(f"{PUT}\n".encode() * 5_000)
    assert parts.door.points.counts.stored < 5_000

    protocol.close()

    assert parts.door.points.counts.stored == 5_000
    protocol.connection_lost(None)


MIXED = [f"put cpu {1356998400 + i} {i} host=a".encode() for i in range(9)]
ODD = {
    "new series": MIXED[4].replace(b"host=a", b"host=new"),
    "a value of another form": b"put cpu 1356998403 1. host=a",
    "no point": b"version",
    "nothing": b"put",
    "a value that is none": b"put cpu 1356998404 x host=a",
    "a time past all": b"put cpu 99999999999999 1 host=a",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("place", [0, 4, 9])
async def test_an_odd_line_among_others_has_its_turn_in_order(odd, place):
    together, apart = (build_app(Settings())[SERVICES] for _ in range(2))
    at_once, one_by_one = (Session(LineDoor(parts, COMMANDS, Tokens(None), 60)) for parts in (together, apart))
    lines = [*MIXED[:place], odd, *MIXED[place:], MIXED[0].replace(b" 0 ", b" 77 ")]
    assert at_once.answer(MIXED[:1]) == one_by_one.answer(MIXED[:1])

    assert at_once.answer(lines)[0] == b"".join(one_by_one.answer([line])[0] for line in lines)
    assert points(together) == points(apart)


async def test_points_older_than_a_full_ring_are_answered_so_however_many_come_at_once():
    parts = build_app(Settings(retention=8_000, resolution=1_000))[SERVICES]
    session = Session(LineDoor(parts, COMMANDS, Tokens(None), 60))
    assert session.answer(MIXED) == (b"", True)
    assert len(points(parts)) == 8  # and so it is known that the ring is full
    told = b"put: illegal argument: " + TOO_OLD.encode() + b"\n"
    old = b"put cpu 1356998000 1 host=a"

    assert session.answer([old]) == (told, True)
    assert session.answer([*MIXED[5:], old, *MIXED[5:], b"put cpu 1356998408 x host=a", old])[0].count(told) == 2
    assert parts.door.points.counts.refused == 4


def points(parts):
    """{tags, time} → value, of everything."""
    found = parts.reader.select("cpu", [])
    columns = parts.reader.numbers(found, TimeSpan(0, MAX_TIMESTAMP_MS))
    owners = [str(found.tags_of(i)) for i, size in enumerate(np.diff(columns.edges)) for _ in range(size)]
    return dict(zip(zip(owners, columns.times.tolist(), strict=True), columns.values.tolist(), strict=True))


@pytest.mark.parametrize("settings", [replace(Settings(listen=("127.0.0.1", 0)), max_tags=1, auto_metric=False)])
async def test_what_may_be_stored_is_a_setting(client, talk):
    await talk.say("put cpu 1356998400 1 a=b c=d", PUT)

    assert await talk.hear() == "put: illegal argument: Too many tags: 2 maximum allowed: 1, tags: {a=b, c=d}\n"
    assert await talk.hear() == "put: unknown metric: No such name for 'metrics': 'cpu'\n"


@pytest.fixture
def guarded(tmp_path):
    """Settings with a token that may write, and the token."""
    token, table = new_token("writer", "write")
    (tmp_path / "tokens.toml").write_text(table)
    return replace(Settings(listen=("127.0.0.1", 0)), tokens=tmp_path / "tokens.toml"), token


@pytest.fixture
async def session(guarded):
    """What a guarded server says to lines, and its parts."""
    app = build_app(guarded[0])
    return Session(LineDoor(app[SERVICES], COMMANDS, app[SECURITY].tokens, 1)), app[SERVICES]


async def test_a_guarded_door_takes_points_from_whom_it_knows(session, guarded):
    line, token = PUT.encode(), guarded[1].encode()
    talk, parts = session

    assert talk.answer([line, b"stats"])[0] == (
        b"put: unauthorized: say auth TOKEN first\nstats: unauthorized: say auth TOKEN first\n"
    )
    assert talk.answer([b"auth writer " + token, line]) == (b"ok\n", True)
    assert parts.door.points.counts.stored == 1


@pytest.mark.parametrize("line", [b"auth", b"auth wrong", b"auth reader TOKEN", b"auth writer b TOKEN"])
async def test_whoever_shows_a_wrong_token_is_hung_up_on(session, guarded, line):
    talk, _ = session

    assert talk.answer([line.replace(b"TOKEN", guarded[1].encode()), b"status"]) == (b"", False)
