"""Both forms of a batch refuse a version that the server does not speak, in the same words."""

import json

import msgpack
import pytest

from tsdbserver.wire.batch import json_parser, msgpack_parser
from tsdbserver.wire.batch.version import UnknownVersion


@pytest.mark.parametrize(
    "parse, pack",
    [(json_parser.parse_batch, lambda body: json.dumps(body).encode()), (msgpack_parser.parse_batch, msgpack.packb)],
    ids=["json", "msgpack"],
)
def test_an_unknown_version_is_named_whatever_else_the_body_holds(parse, pack):
    with pytest.raises(UnknownVersion, match="unknown version v=2: this server speaks 1") as raised:
        parse(pack({"v": 2, "what": "that version means"}))

    assert raised.value.status_hint == 426
