"""The tables of docs/operations.md are the program's own."""

from pathlib import Path

from tsdbserver.settings import SETTINGS

PAGE = (Path(__file__).parent.parent / "docs" / "operations.md").read_text()


def table(name):
    return PAGE.partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0].strip()


def settings_table():
    rows = (f"| `{s.name}` | {shown(s.default)} | {s.help} |" for s in SETTINGS)
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def shown(default):
    return f"`{default}`" if default else ""


def test_every_setting_is_on_the_page():
    assert table("settings") == settings_table()
