"""Put bodies and lines on the border between what is usual and what is not."""

import random

NUMBERS = [
    "0", "-0", "1", "-1", "1.5", "-0.0", "1e3", "1E3", "1e400", "1e-400", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" * 25, "01", "+1", ".5", "5.", "0x10",
    "NaN", "Infinity", "-Infinity", "INF", "-INF", "+INF", "+Infinity", "null", "true", "4.9e-324", "1e", "--1", "1_0",
    "9007199254740993", "0.1" + "1" * 40, "1" * 400, "1f", "1.5d", "[]", "{}", '"1"', '"1.5"', '""', '"NaN"', '" 1"',
    '"1 "', '"0x1p3"', '"1e5"', '"+1"', '"-0"', '"1.5f"', "9223372036854774784.0", "9223372036854775807.0",
]  # fmt: skip
TIMES = [
    "1356998400", "1356998400000", "1356998400.5", "1.3569984e9", "0", "-1", "-0", "null", "true", '"1356998400"',
    '"1356998400.5"', '" 1356998400 "', '""', "4294967295", "4294967296", "9999999999999", "10000000000000", "1e18",
    "9223372036854775807", "9223372036854775808", "1e400", "NaN", "[]", "1" * 30, "01356998400", "0.5", "-0.5",
]  # fmt: skip
TEXTS = [
    '"cpu"', '"a.b"', '""', "null", "1", "1.5", "true", '"\\u0063pu"', '"\\ud83d\\ude00"', '"\\ud800"', '"é"', '"c pu"',
    '"cp\\nu"', '"cp\nu"', '"\\x"', '"\\u12"', '"😀"', '"a\\/b"', '"\x7f"', '"\x00"', '"\\u0000"', "[]", "{}", "NaN",
    '"x-INF y"', '"𝔸"', '"ª"', '"²"', '"\ufeff"', '"\u2028"', '"a=b"', '"a"b"', "'cpu'", '"' + "a" * 5000 + '"',
    '"\ud800"',
]  # fmt: skip
NAMES = [
    "x",
    "Metric",
    "",
    "timestamp",
    "value",
    "tags",
    "metric",
    "\\u006detric",
    "\\u0076alue",
    "\\ud800",
    "\x01",
    "\\q",
    "é",
]
BLANKS = [""] * 60 + [" ", "\n", "\t", "\r"] * 5 + ["\x0b", "\u00a0", "\ufeff", "\x00", "/**/"]
RESTS = [""] * 12 + [" ", "x", "[]", ",", "\x00", "}", "]"]

LINE_VALUES = [
    "1", "1.5", "-0", "\t1", "1\t", "\t1.5", "1,2", "1\r", "\r1", "[1]", "1e5", "null", "", "1e400", "0x10", "01", "+1",
    ".5", "5.", "9223372036854775807", "9223372036854775808", "NaN", "1\x0b", "\xa01", "1_0", "\xb2", "1" * 30, "1f",
    "1.5f", "true", '"1"', "-0.0", "9" * 18, "4.9e-324",
]  # fmt: skip
LINE_TIMES = [
    "1356998400", "1356998400000", "1356998400.123", "0", "", "-1", "+1356998400", "01356998400", "1,2", "1\t",
    "\t1356998400", "4294967296", "9999999999999", "9" * 19, "9" * 20, "\xb2", "1_0", "1356998400.", "1e9",
]  # fmt: skip
LINE_TAGS = [
    "host=a", "host=b", "a=b", "", "host", "=", "host=", "=a", "a=b=c", "h\xe9=\xe8", "a=\t", "\thost=a", "host=a\r",
    "x=1", "y=2", "z=3", "u=4", "v=5", "p=6", "q=7", "r=8", "host=a\x00", "\xaa=1",
]  # fmt: skip
LINE_METRICS = ["cpu", "cpu.load", "", "\t", "cpu\t", "\xe9", "\xb5", "put", "cp\x00u", "\xd7"]


class PutBodies:
    """Bodies and lines, each time others; the same again for the same `rng`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def body(self) -> bytes:
        """A put body."""
        if self._is_in(40):
            text = self._point()
        else:
            points = [self._point() if self._is_in(95) else self._junk() for _ in range(self._rng.choice((1, 1, 2, 5)))]
            text = f"[{','.join(points)}]"
        whole = self._blank() + text + self._rng.choice(RESTS)
        return whole.encode("utf-8", "surrogatepass") if self._is_in(90) else whole.encode("latin-1", "replace")

    def line(self) -> bytes:
        """A line of the line protocol, most of them `put`."""
        one = self._rng.choice
        words = ["put" if self._is_in(95) else one(("Put", "put\t", "", "version", "puts")),
                 one(LINE_METRICS) if self._is_in(15) else "cpu",
                 one(LINE_TIMES) if self._is_in(30) else "1356998400",
                 one(LINE_VALUES) if self._is_in(40) else "1.5",
                 *([one(LINE_TAGS) for _ in range(one((0, 1, 2, 9)))] if self._is_in(30) else ["host=a"])]  # fmt: skip
        if self._is_in(5):
            words.insert(self._rng.randrange(len(words)), "")
        return " ".join(words).encode("utf-8" if self._is_in(30) else "latin-1")

    def _is_in(self, percent: int) -> bool:
        return self._rng.random() * 100 < percent

    def _blank(self) -> str:
        return self._rng.choice(BLANKS)

    def _point(self) -> str:
        one = self._rng.choice
        fields = [("metric", '"cpu"' if self._is_in(85) else one(TEXTS)),
                  ("timestamp", "1356998400" if self._is_in(70) else one(TIMES)),
                  ("value", one(NUMBERS) if self._is_in(50) else "1.5"), ("tags", self._tags())]  # fmt: skip
        if self._is_in(20):
            fields.append((one(NAMES), self._junk()))
        if self._is_in(30):
            self._rng.shuffle(fields)
        if self._is_in(5):
            fields.pop()
        if self._is_in(5):
            fields.append(one(fields))
        return self._object([(f'"{name}"', value) for name, value in fields])

    def _tags(self) -> str:
        one = self._rng.choice
        if self._is_in(10):
            return self._junk()
        return self._object([
            (f'"{one("abcdefghijk")}"' if self._is_in(90) else one(TEXTS),
             f'"{one("xyz")}"' if self._is_in(85) else self._junk())
            for _ in range(one((0, 1, 1, 1, 2, 2, 3, 8, 9)))
        ])  # fmt: skip

    def _object(self, fields: list[tuple[str, str]]) -> str:
        pairs = [f"{self._blank()}{name}{self._blank()}:{self._blank()}{value}" for name, value in fields]
        return "{" + ",".join(pairs) + ("," if self._is_in(1) else "") + "}"

    def _junk(self) -> str:
        if self._is_in(20):
            depth = self._rng.choice((1, 2, 5, 50, 3000))
            return "[" * depth + "]" * depth if self._is_in(50) else '{"a":' * depth + "1" + "}" * depth
        return self._rng.choice(self._rng.choice((NUMBERS, TEXTS, TIMES)))
