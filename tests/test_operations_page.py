"""The tables of docs/operations.md are the program's own."""

from pathlib import Path

from tsdbserver.app import build_app
from tsdbserver.edge.core.services import SERVICES
from tsdbserver.settings.table import SETTINGS, Settings

PAGE = (Path(__file__).parent.parent / "docs" / "operations.md").read_text()


def table(name):
    return PAGE.partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0].strip()


def settings_table():
    rows = (f"| `{s.name}` | {shown(s.default)} | {s.help} |" for s in SETTINGS)
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def metrics_table():
    meters = build_app(Settings())[SERVICES].meters
    meters.watch_connections(lambda: 0, lambda: 0)
    meters.note("/api/put", "POST", "204", 0.001)
    own = (family for family in meters.registry.collect() if family.name.startswith("tsdbserver_"))
    rows = sorted(f"| `{metric_name(family)}` | {labels(family)} | {family.documentation} |" for family in own)
    return "\n".join(["| metric | labels | meaning |", "|---|---|---|", *rows])


def metric_name(family):
    return family.name + ("_total" if family.type == "counter" else "")


def labels(family):
    names = dict.fromkeys(name for sample in family.samples for name in sample.labels)
    return ", ".join(f"`{name}`" for name in names if name != "le")


def shown(default):
    return f"`{default}`" if default else ""


def test_every_setting_is_on_the_page():
    assert table("settings") == settings_table()


def test_every_metric_is_on_the_page():
    assert table("metrics") == metrics_table()
