"""Names get their ids before anything is stored under them."""

from collections.abc import Callable, Mapping, Sequence

from tsdbserver.errors import TsdbError
from tsdbserver.model.uid import NameKind, uid_text
from tsdbserver.store.interface import NameWriter

Check = Callable[[str, str | None], None]
"""Raises what is wrong with a name of a kind."""


def assign(
    writer: NameWriter, wanted: Mapping[str, Sequence[str | None]], kinds: Mapping[str, NameKind], check: Check
) -> tuple[dict[str, dict[str, str]], bool]:
    """Number the wanted names, each by itself: the ids by kind, beside them as `kind_errors` why others got none, and
    whether there are any such.
    """
    answer: dict[str, dict[str, str]] = {}
    failed = False
    for kind, names in wanted.items():
        ids: dict[str, str] = {}
        errors: dict[str, str] = {}
        for name in names:
            try:
                check(kind, name)
                ids[name or ""] = _number(writer, kinds, kind, name or "")
            except TsdbError as error:
                errors[name or ""] = error.message
        answer[kind] = dict(sorted(ids.items()))
        if errors:
            failed = True
            answer[f"{kind}_errors"] = dict(sorted(errors.items()))
    return answer, failed


def _number(writer: NameWriter, kinds: Mapping[str, NameKind], kind: str, name: str) -> str:
    if kind not in kinds:
        raise TsdbError("Unknown type name")
    return uid_text(writer.assign(kinds[kind], name))
