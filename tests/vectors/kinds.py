"""What answers a kind of vector."""

from tests.vectors import asking, doors, expressions, histograms, parsing, requests, scotty

KINDS = {
    **parsing.KINDS,
    **asking.KINDS,
    **doors.KINDS,
    **expressions.KINDS,
    **histograms.KINDS,
    **requests.KINDS,
    **scotty.KINDS,
}
"""An adapter for each kind: takes a vector's input and returns what its `expect` names; TsdbError where it is
refused.
"""
