"""Plug-ins: aggregators of installed packages and of files in a directory, registered before the server listens.

An installed package offers them in the entry-point group `tsdbserver.aggregators`. Of a file in the directory every
aggregator and every family counts that has a name at the top level of the file. docs/add-an-aggregator.md tells how.
"""

import ast
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, TypeAlias

from aggregators import Aggregator, AggregatorFamily, AggregatorList, AggregatorRegistry, NameTaken
from aggregators.builtins import BUILTIN
from tsdbserver.plugins.error import PluginError
from tsdbserver.plugins.guard import guarded

ENTRY_POINTS = "tsdbserver.aggregators"

Entry: TypeAlias = Aggregator | AggregatorFamily


class Offer(NamedTuple):
    """An aggregator or a family, and the file and line that it comes from."""

    entry: Entry
    file: str
    line: int | None

    @property
    def place(self) -> str:
        """File and line, as editors take them."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def load_plugins(registry: AggregatorRegistry, directory: Path | None) -> None:
    """Register what installed packages offer, then what the files of the directory do; raises PluginError."""
    seen = {id(entry) for entry in BUILTIN}
    places: dict[str, str] = {}
    for offer in _offers(directory):
        if id(offer.entry) not in seen:  # a file may import aggregators to build on them
            seen.add(id(offer.entry))
            _register(registry, offer, places)


def _offers(directory: Path | None) -> Iterator[Offer]:
    for entry_point in sorted(entry_points(group=ENTRY_POINTS)):
        yield _installed(entry_point)
    # Files whose names begin with _ are parts of others, and those that begin with test_ are their tests.
    for path in sorted(directory.glob("[!_.]*.py")) if directory else []:
        if not path.name.startswith("test_"):
            yield from _of_file(path.resolve())


def _register(registry: AggregatorRegistry, offer: Offer, places: dict[str, str]) -> None:
    name = offer.entry.prefix if isinstance(offer.entry, AggregatorFamily) else offer.entry.name
    try:
        _check(offer.entry)
        registry.register(guarded(offer.entry, offer.file))
    except NameTaken as error:
        raise PluginError(f"plug-in {offer.place}: {error} ({places.get(name, 'built in')})") from error
    except (TypeError, ValueError) as error:
        raise PluginError(f"plug-in {offer.place}: {error}") from error
    places[name] = offer.place


def _check(entry: Entry) -> None:
    """Raise TypeError if it makes no list: that is better said at the start than at the first query."""
    try:
        aggregator = entry.member(entry.example_name) if isinstance(entry, AggregatorFamily) else entry
        made = aggregator.make_list(1)
    except Exception as error:
        raise TypeError(f"a list cannot be made: {_told(error)}") from error
    if not isinstance(made, AggregatorList):
        raise TypeError(f"aggregator {aggregator.name!r} makes a {type(made).__name__}, which is no AggregatorList")


def _installed(entry_point: EntryPoint) -> Offer:
    try:
        entry = entry_point.load()
    except Exception as error:
        of = f"{entry_point.name} = {entry_point.value}"
        raise PluginError(f"plug-in {_place_of(error) or of} cannot be loaded: {_told(error)}") from error
    file = sys.modules[entry_point.module].__file__ or entry_point.module
    if not isinstance(entry, Aggregator | AggregatorFamily):
        raise PluginError(f"plug-in {file}: {entry_point.attr!r} is neither an Aggregator nor an AggregatorFamily")
    return Offer(entry, file, _line_of(file, entry_point.attr))


def _of_file(path: Path) -> list[Offer]:
    try:
        module = _import(path)
    except Exception as error:
        raise PluginError(f"plug-in {_place_of(error) or path} cannot be loaded: {_told(error)}") from error
    offers = [
        Offer(value, str(path), _line_of(str(path), name))
        for name, value in vars(module).items()
        if isinstance(value, Aggregator | AggregatorFamily)
    ]
    if not offers:
        raise PluginError(f"plug-in {path}: no Aggregator or AggregatorFamily at the top level of the file")
    return offers


def _import(path: Path) -> ModuleType:
    name = f"tsdbserver_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def _place_of(error: Exception) -> str:
    """The file and line of a plug-in at which importing it failed; empty if it was not reached."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _is_machinery(f.filename)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _is_machinery(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen ") or "importlib" in Path(file).parts


def _line_of(file: str, name: str) -> int | None:
    """The line at which a name is given its value at the top level of a source file."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets) if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return statement.lineno
            case ast.AnnAssign(target=ast.Name(id=target)) if target == name:
                return statement.lineno
    return None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
