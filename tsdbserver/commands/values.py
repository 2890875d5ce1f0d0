"""Command-line values that are not click's own."""

from typing import Any

import click

from tsdbserver.errors import BadRequest
from tsdbserver.model.time import parse_duration


class _Duration(click.ParamType[Any]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, int):
            return value
        try:
            return parse_duration(value)
        except BadRequest as error:
            self.fail(error.message, param, ctx)


class _Tag(click.ParamType[Any]):
    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        key, _, text = value.partition("=")
        if not key or not text:
            self.fail(f"'{value}' is not of the form key=value", param, ctx)
        return key, text


DURATION, TAG = _Duration(), _Tag()
"""`10s`, `5m` … as ms; `key=value` as a pair."""
