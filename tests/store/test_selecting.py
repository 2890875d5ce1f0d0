"""Selecting series keeps no writer waiting while filters look at values."""

from dataclasses import dataclass
from threading import Thread

import numpy as np

from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.store.memory import RingStore


def write(store, host):
    store.write_numbers("cpu", MetricKind.POINT, [tag_set({"host": host})], np.array([1000]), {"value": np.ones(1)})


@dataclass
class Writing:
    """Accepts `web`, as long as another series can be written meanwhile."""

    store: RingStore
    tag_key: str = "host"

    def matches(self, value):
        if value != "web":
            return False
        writer = Thread(target=write, args=(self.store, "new"), daemon=True)
        writer.start()
        writer.join(60)
        return not writer.is_alive()


def test_a_series_is_written_while_a_filter_looks():
    store = RingStore()
    write(store, "web")
    found = store.select("cpu", [Writing(store)])

    assert [found.tags_of(i) for i in range(len(found))] == [{"host": "web"}]
    assert store.series_count("cpu") == 2
