"""Command-line values that are not click's own."""

from typing import Any

import click

from tsdbserver.client.batch_client import check_url
from tsdbserver.errors import BadRequest
from tsdbserver.model.time import parse_duration

_INTERVALS_S = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)


class _Duration(click.ParamType[Any]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, int):
            return value
        try:
            return parse_duration(value)
        except BadRequest as error:
            self.fail(error.message, param, ctx)


class _Interval(_Duration):
    name = "interval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        interval = super().convert(value, param, ctx)
        if interval not in [1000 * seconds for seconds in _INTERVALS_S]:
            *most, last = _INTERVALS_S
            choice = f"{', '.join(map(str, most))} or {last} s"
            self.fail(f"interval {value} does not divide a minute evenly: use {choice}", param, ctx)
        return interval


class _Url(click.ParamType[Any]):
    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return check_url(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Tag(click.ParamType[Any]):
    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        key, _, text = value.partition("=")
        if not key or not text:
            self.fail(f"'{value}' is not of the form key=value", param, ctx)
        return key, text


DURATION, INTERVAL, TAG, URL = _Duration(), _Interval(), _Tag(), _Url()
"""`10s`, `5m` … as ms; a duration that divides a minute, as ms; `key=value` as a pair; a server's URL as it came."""
