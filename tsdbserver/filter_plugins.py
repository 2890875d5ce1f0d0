"""Plug-ins: tag filters of installed packages, in the entry-point group `tsdbserver.tag_filters`.

docs/add-a-tag-filter.md tells how.
"""

from importlib.metadata import EntryPoint, entry_points

from tsdbserver.plugins import PluginError
from tsdbserver.query.filters import FilterRegistry, FilterType

ENTRY_POINTS = "tsdbserver.tag_filters"


def load_filters(registry: FilterRegistry) -> None:
    """Register the filter types that installed packages offer; raises PluginError for one that cannot be used."""
    for entry_point in sorted(entry_points(group=ENTRY_POINTS)):
        try:
            registry.register(_loaded(entry_point))
        except Exception as error:
            raise PluginError(f"plug-in {entry_point.name} = {entry_point.value}: {error}") from error


def _loaded(entry_point: EntryPoint) -> FilterType:
    kind = entry_point.load()
    if not isinstance(kind, FilterType):
        raise TypeError(f"{type(kind).__name__} is no FilterType")
    return kind
