"""Both forms of a batch refuse a version that the server does not speak, in the same words."""

import json

import msgpack
import pytest

from tsdbserver.wire import batch_json, batch_msgpack
from tsdbserver.wire.batch_version import UnknownVersion


@pytest.mark.parametrize(
    "parse, pack",
    [(batch_json.parse_batch, lambda body: json.dumps(body).encode()), (batch_msgpack.parse_batch, msgpack.packb)],
    ids=["json", "msgpack"],
)
def test_an_unknown_version_is_named_whatever_else_the_body_holds(parse, pack):
    with pytest.raises(UnknownVersion, match="unknown version v=2: this server speaks 1") as raised:
        parse(pack({"v": 2, "what": "that version means"}))

    assert raised.value.status_hint == 426
