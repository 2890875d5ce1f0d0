"""The table of known series remembers what it resolves, up to a bound."""

from tsdbserver.wire.points.series_cache import REFUSED, KnownSeries


class Asked:
    """Resolves every name to a handle of its own but `refused`, and counts how often it is asked."""

    def __init__(self):
        self.times = 0

    def __call__(self, metric, tags):
        self.times += 1
        return REFUSED if tags == b"refused" else self.times


def test_a_series_is_resolved_once():
    asked = Asked()
    known = KnownSeries(asked)

    assert [known["cpu"][b"a"], known["cpu"][b"b"], known["cpu"][b"a"], known[b"cpu"][b"a"]] == [1, 2, 1, 3]
    known.clear()
    assert known["cpu"][b"a"] == 4


def test_what_is_refused_and_what_is_very_long_is_not_remembered():
    asked = Asked()
    known = KnownSeries(asked)
    for _ in range(2):
        assert known["cpu"][b"refused"] == REFUSED
        assert known["cpu"][b"x" * 5_000] > 0
        assert known["x" * 5_000][b"a"] > 0

    assert asked.times == 6
    assert list(known) == ["cpu"]
    assert list(known["cpu"]) == []


def test_it_begins_anew_when_it_is_full():
    known = KnownSeries(Asked(), most=10_000)
    for number in range(1_000):
        known["cpu"][b"host=%d" % number]
        known[f"metric{number}"][b""]

    assert 0 < sum(1 + len(of_metric) for of_metric in known.values()) < 10_000 / 300
    assert known["cpu"][b"host=999"] == known["cpu"][b"host=999"]
