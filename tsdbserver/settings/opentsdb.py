"""The settings as OpenTSDB's `/api/config` lists them: texts by name.

What corresponds to a setting of OpenTSDB's, or to a choice that it leaves to a setting, has its `tsd.*` name there; our
own follow as `tsdbserver.*`.
"""

from collections.abc import Callable

from tsdbserver.settings.table import SETTINGS, SettingInfo, Settings

_HIDDEN = "********"
_NAMES: dict[str, Callable[[Settings], object]] = {
    "tsd.core.auto_create_metrics": lambda settings: settings.auto_metric,
    "tsd.core.auto_create_tagks": lambda _: True,
    "tsd.core.auto_create_tagvs": lambda _: True,
    "tsd.core.connections.limit": lambda settings: settings.max_connections,
    "tsd.core.plugin_path": lambda settings: settings.plugins_dir,
    "tsd.core.tag.allow_specialchars": lambda settings: settings.tag_specialchars,
    "tsd.core.timezone": lambda _: "UTC",
    "tsd.http.query.allow_delete": lambda _: False,
    "tsd.http.request.cors_domains": lambda settings: settings.cors_domains,
    "tsd.http.request.cors_headers": lambda settings: settings.cors_headers,
    "tsd.http.request.enable_chunked": lambda _: True,
    "tsd.http.request.max_chunk": lambda settings: settings.max_body,
    "tsd.http.show_stack_trace": lambda _: False,
    "tsd.mode": lambda settings: settings.mode,
    "tsd.network.bind": lambda settings: settings.listen[0],
    "tsd.network.port": lambda settings: settings.listen[1],
    "tsd.query.timeout": lambda settings: settings.query_timeout,
    "tsd.storage.fix_duplicates": lambda _: True,
    "tsd.storage.max_tags": lambda settings: settings.max_tags,
}
"""OpenTSDB's names. What reads no setting is what nobody can set here."""


def opentsdb_settings(settings: Settings) -> dict[str, str]:
    """Every setting by its name, in order; of a secret only whether there is one."""
    of_opentsdb = {name: _text(read(settings)) for name, read in _NAMES.items()}
    own = {f"tsdbserver.{setting.attribute}": _own(setting, settings) for setting in SETTINGS}
    return dict(sorted({**of_opentsdb, **own}.items()))


def _own(setting: SettingInfo, settings: Settings) -> str:
    text = _text(getattr(settings, setting.attribute))
    return _HIDDEN if setting.secret and text else text


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(map(str, value))
        case frozenset():
            return "".join(sorted(value))
    return str(value)
