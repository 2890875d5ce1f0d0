"""What answers a kind of vector."""

from tests.vectors import (
    expression_adapters,
    histogram_adapters,
    http_adapters,
    parse_adapters,
    query_adapters,
    scotty_adapters,
    write_adapters,
)

KINDS = {
    **parse_adapters.KINDS,
    **query_adapters.KINDS,
    **write_adapters.KINDS,
    **expression_adapters.KINDS,
    **histogram_adapters.KINDS,
    **http_adapters.KINDS,
    **scotty_adapters.KINDS,
}
"""An adapter for each kind: takes a vector's input and returns what its `expect` names; TsdbError where it is
refused.
"""
