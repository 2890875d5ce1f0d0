"""Expressions made of expressions: none may be made of itself."""

from collections.abc import Mapping, Sequence

from tsdbserver.errors import BadQuery


def check_cycles(inputs: Mapping[str, Sequence[str]]) -> None:
    """BadQuery for an expression (id → what it is made of) that is made of itself, directly or through others.

    Named is the one that closes the circle, in the order in which they stand.
    """
    known: dict[str, Sequence[str]] = {}
    for name, sources in inputs.items():
        if name in sources:
            raise BadQuery(f"Self referencing expression found: {name}")
        known[name] = sources
        if name in _reachable(name, known):
            raise BadQuery(f"Circular reference found: {name}")


def _reachable(name: str, inputs: Mapping[str, Sequence[str]]) -> set[str]:
    """All that `name` is made of, directly or through what is among the inputs."""
    found: set[str] = set()
    waiting = list(inputs[name])
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting.extend(inputs.get(source, ()))
    return found
