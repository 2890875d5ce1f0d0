"""The settings as OpenTSDB's `/api/config` lists them: texts by name.

What corresponds to a setting of OpenTSDB's, or to a choice that it leaves to a setting, has its `tsd.*` name there; our
own follow as `tsdbserver.*`.
"""

from tsdbserver.settings import SETTINGS, SettingInfo, Settings

_HIDDEN = "********"
_CHOICES = {
    "tsd.core.auto_create_tagks": "true",
    "tsd.core.auto_create_tagvs": "true",
    "tsd.core.timezone": "UTC",
    "tsd.http.query.allow_delete": "false",
    "tsd.http.request.enable_chunked": "true",
    "tsd.http.show_stack_trace": "false",
    "tsd.storage.fix_duplicates": "true",
}
"""What nobody can set here."""


def opentsdb_settings(settings: Settings) -> dict[str, str]:
    """Every setting by its name, in order; of a secret only whether there is one."""
    host, port = settings.listen
    shown = {
        **_CHOICES,
        "tsd.core.auto_create_metrics": str(settings.auto_metric).lower(),
        "tsd.storage.max_tags": str(settings.max_tags),
        "tsd.mode": settings.mode,
        "tsd.http.request.cors_domains": ",".join(settings.cors_domains),
        "tsd.http.request.cors_headers": settings.cors_headers,
        "tsd.http.request.max_chunk": str(settings.max_body),
        "tsd.network.bind": host,
        "tsd.network.port": str(port),
    }
    shown |= {f"tsdbserver.{setting.attribute}": _text(setting, settings) for setting in SETTINGS}
    return dict(sorted(shown.items()))


def _text(setting: SettingInfo, settings: Settings) -> str:
    value = getattr(settings, setting.attribute)
    if setting.secret and value:
        return _HIDDEN
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
