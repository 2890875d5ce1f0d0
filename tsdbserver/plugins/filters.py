"""Plug-ins: tag filters of installed packages, in the entry-point group `tsdbserver.tag_filters`.

docs/add-a-tag-filter.md tells how. What a filter raises while a query is planned becomes an error that names it.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from tsdbserver.errors import PluginFailed, TsdbError
from tsdbserver.plugins.error import PluginError
from tsdbserver.query.filters import FilterRegistry, FilterType, Matcher

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

ENTRY_POINTS = "tsdbserver.tag_filters"


def load_filters(registry: FilterRegistry) -> None:
    """Register the filter types that installed packages offer; raises PluginError for one that cannot be used."""
    for entry_point in sorted(entry_points(group=ENTRY_POINTS)):
        try:
            registry.register(_guarded(_loaded(entry_point), f"{entry_point.name} = {entry_point.value}"))
        except Exception as error:
            raise PluginError(f"plug-in {entry_point.name} = {entry_point.value}: {error}") from error


def _loaded(entry_point: EntryPoint) -> FilterType:
    kind = entry_point.load()
    if not isinstance(kind, FilterType):
        raise TypeError(f"{type(kind).__name__} is no FilterType")
    return kind


def _guarded(kind: FilterType, origin: str) -> FilterType:
    """The same filter type, whose failures name it and where it comes from."""
    who = f"filter '{kind.name}' of {origin}"

    def compile_guarded(expression: str) -> Matcher:
        matches = _named(who, kind.compile, expression)
        return lambda value: bool(_named(who, matches, value))

    return replace(kind, compile=compile_guarded)


def _named(who: str, call: Callable[[str], _Result], text: str) -> _Result:
    try:
        return call(text)
    except TsdbError:
        raise  # how a filter refuses an expression
    except Exception as error:
        log.exception("%s failed", who)
        raise PluginFailed(f"{who} failed: {type(error).__name__}: {error}") from error
