"""The filter types that come with the server."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import partial

import re2

from tsdbserver.errors import BadQuery
from tsdbserver.query.filters import FilterRegistry, FilterType, Matcher, ValueList


def _literal_or(expression: str) -> Matcher:
    return ValueList(expression).__contains__


def _iliteral_or(expression: str) -> Matcher:
    values = ValueList(expression.lower())
    return lambda value: value.lower() in values


def _negated(compile_expression: Callable[[str], Matcher]) -> Callable[[str], Matcher]:
    def compile_negated(expression: str) -> Matcher:
        matches = compile_expression(expression)
        return lambda value: not matches(value)

    return compile_negated


def _glob(expression: str, flags: re.RegexFlag = re.NOFLAG) -> Matcher:
    """Only `*` is special, and a run of stars is one: a match takes at most the value's length for each star."""
    if "*" not in expression:
        raise BadQuery(f"Filter must contain an asterisk: {expression}")
    parts = re.split(r"\*+", expression)
    # fnmatch's translation matches each part as early as possible and never goes back: no expression explodes.
    pattern = re.compile(translate("*".join(map(_plain, parts))), flags)
    return lambda value: pattern.match(value) is not None


def _plain(text: str) -> str:
    """Text in which fnmatch sees no wildcard of its own."""
    return re.sub(r"([?\[])", r"[\1]", text)


def _iglob(expression: str) -> Matcher:
    return _glob(expression, re.IGNORECASE)


def _any_glob(expressions: Sequence[str], flags: str = "s") -> Matcher:
    """What any of several globs matches, as one regular expression; those without an asterisk match nothing."""
    globs = [expression for expression in expressions if "*" in expression]
    if not globs:
        raise BadQuery(f"Filter must contain an asterisk: {expressions[0]}")
    patterns = (".*".join(map(re2.escape, re.split(r"\*+", glob))) for glob in globs)
    try:
        return _regexp(rf"(?{flags})\A(?:{'|'.join(patterns)})\z")
    except BadQuery:
        raise BadQuery(
            f"{len(globs)} patterns of {sum(map(len, globs))} characters are too long for one filter"
        ) from None


def _regexp(expression: str) -> Matcher:
    """RE2 takes time linear in the value, whatever the expression: `(a+)+$` cannot stop the server."""
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(expression, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadQuery(f"Invalid regular expression '{expression}': {_reason(error)}", _SYNTAX) from None
    return lambda value: pattern.search(value) is not None


_SYNTAX = "The syntax is RE2's, which has no look-around and no back-references"


def _reason(error: Exception) -> str:
    reason = error.args[0]
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)


def _not_key(expression: str) -> Matcher:
    if expression:
        raise BadQuery(f"The filter of a not_key must be empty: {expression}")
    return lambda _value: False


def _json(kind: str, expression: str) -> str:
    return f'{{"type":"{kind}","tagk":"host","filter":"{expression}","groupBy":false}}'


BUILT_IN = (
    FilterType(
        "literal_or",
        _literal_or,
        "Accepts one or more exact values and matches if the series contains any of them. Multiple values can be "
        "included and must be separated by the | (pipe) character. The filter is case sensitive.",
        "host=literal_or(web01),  host=literal_or(web01|web02|web03)  " + _json("literal_or", "web01|web02|web03"),
        lists_values=True,
    ),
    FilterType(
        "iliteral_or",
        _iliteral_or,
        "As literal_or, ignoring case.",
        "host=iliteral_or(WEB01|web02)  " + _json("iliteral_or", "WEB01|web02"),
    ),
    FilterType(
        "not_literal_or",
        _negated(_literal_or),
        "Matches series that have the tag key with none of the exact values. The filter is case sensitive.",
        "host=not_literal_or(web01)  " + _json("not_literal_or", "web01"),
        negates=True,
    ),
    FilterType(
        "not_iliteral_or",
        _negated(_iliteral_or),
        "As not_literal_or, ignoring case.",
        "host=not_iliteral_or(WEB01)  " + _json("not_iliteral_or", "WEB01"),
        negates=True,
    ),
    FilterType(
        "wildcard",
        _glob,
        "Performs pre, post and in-fix glob matching of values; * stands for any characters. The filter is case "
        "sensitive, and a single * matches every series that has the tag key.",
        "host=wildcard(web*),  host=wildcard(web*.tsdb.net)  " + _json("wildcard", "web*.tsdb.net"),
        compile_any=_any_glob,
    ),
    FilterType(
        "iwildcard",
        _iglob,
        "As wildcard, ignoring case.",
        "host=iwildcard(WEB*)  " + _json("iwildcard", "WEB*"),
        compile_any=partial(_any_glob, flags="is"),
    ),
    FilterType(
        "regexp",
        _regexp,
        "Matches values in which the regular expression is found; ^ and $ make it match the whole value. (?i) at the "
        "beginning ignores case. The syntax is RE2's.",
        "host=regexp(^web[0-9]+$),  host=regexp((?i)WEB)  " + _json("regexp", "^web[0-9]+$"),
    ),
    FilterType(
        "not_key",
        _not_key,
        "Matches series that do not have the tag key at all. The filter's value must be empty.",
        "host=not_key()  " + _json("not_key", ""),
        absent=True,
    ),
)


def built_in_filters() -> FilterRegistry:
    """A new registry of the types that come with the server, to which others can be added."""
    registry = FilterRegistry()
    for kind in BUILT_IN:
        registry.register(kind)
    return registry
