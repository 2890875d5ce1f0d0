"""Names get numbers, from 1 on in the order of first appearance, and keep them for as long as the process lives.

The names of one new series are met as OpenTSDB meets them: the metric, then each tag's key and value, tags in the order
in which a Java HashMap lists their keys. So the same writes in the same order get the same ids there and here.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadRequest, TooLarge
from tsdbserver.java.hash_map import hash_order
from tsdbserver.model.series import MAX_NAME_LENGTH, TagSet
from tsdbserver.model.uid import MAX_UID, NameKind, uid_text


class Uids:
    """The numbered names of one kind."""

    def __init__(self) -> None:
        self._number_of: dict[str, int] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._number_of

    def names(self) -> list[str]:
        """All names in the order of their numbers."""
        return self._names.copy()

    def mint(self, name: str) -> int:
        """The number of a name; a new one for a new name."""
        number = self._number_of.setdefault(name, len(self._names) + 1)
        if number > len(self._names):
            self._names.append(name)
        return number

    def number(self, name: str) -> int | None:
        """The number of a name, None if it was never met."""
        return self._number_of.get(name)

    def name(self, number: int) -> str | None:
        """The name of a number, None if nothing has it."""
        return self._names[number - 1] if 0 < number <= len(self._names) else None

    def rename(self, old: str, new: str) -> None:
        """Give the number of `old`, which must exist, to `new`, which must not."""
        number = self._number_of[new] = self._number_of.pop(old)
        self._names[number - 1] = new


class Names:
    """The numbered names of all kinds: the part of a catalog that is about names. Reading needs no lock."""

    def __init__(self, most_assigned: int) -> None:
        self._uids = {kind: Uids() for kind in NameKind}
        self._most_assigned = most_assigned
        self._assigned = 0

    def names(self, kind: NameKind) -> Iterable[str]:
        """See `Catalog.names`."""
        return self._uids[kind].names()

    def uid(self, kind: NameKind, name: str) -> int | None:
        """See `Catalog.uid`."""
        return self._uids[kind].number(name)

    def uids(self, kind: NameKind, names: Sequence[str]) -> NDArray[np.int64]:
        """See `Catalog.uids`."""
        number = self._uids[kind].number
        return np.fromiter((number(name) or 0 for name in names), np.int64, len(names))

    def name(self, kind: NameKind, uid: int) -> str | None:
        """See `Catalog.name`."""
        return self._uids[kind].name(uid)

    def mint(self, kind: NameKind, name: str) -> int:
        """The number of a name; a new one for a new name."""
        return self._uids[kind].mint(name)

    def assign(self, kind: NameKind, name: str) -> int:
        """See `NameWriter.assign`."""
        if (known := self.uid(kind, name)) is not None:
            raise BadRequest(f"Name already exists with UID: {uid_text(known)}")
        _check_length(name)
        if self._assigned >= self._most_assigned or len(self._uids[kind]) >= MAX_UID:
            raise TooLarge(f"there is room for {self._most_assigned} assigned names (setting max-assigned-names)")
        self._assigned += 1
        return self.mint(kind, name)

    def mint_tags(self, tags: TagSet) -> None:
        """Number the keys and values of a new series."""
        values = dict(tags)
        for key in java_order(tuple(values)):
            self.mint(NameKind.TAG_KEY, key)
            self.mint(NameKind.TAG_VALUE, values[key])

    def rename(self, kind: NameKind, old: str, new: str) -> None:
        """See `NameWriter.rename`."""
        if old not in self._uids[kind]:
            raise BadRequest(f'Name("{old}") does not exist')
        if (known := self.uid(kind, new)) is not None:
            raise BadRequest(f'When trying rename("{old}", "{new}"): new name already assigned ID={uid_text(known)}')
        _check_length(new)
        self._uids[kind].rename(old, new)

    def has_room(self, tags: TagSet) -> bool:
        """Whether there are numbers left for whatever a series may bring."""
        return all(len(uids) + len(tags) <= MAX_UID for uids in self._uids.values())


def _check_length(name: str) -> None:
    if len(name) > MAX_NAME_LENGTH:
        raise BadRequest(f"a name is longer than {MAX_NAME_LENGTH} characters: '{name[:40]}…'")


@lru_cache(maxsize=4096)
def java_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Sorted keys in the order in which a `java.util.HashMap` lists them; what collides there stays in order here."""
    return tuple(key for key, _ in hash_order(dict.fromkeys(keys)))
