"""The file of docs/grafana.md that sets the data source up."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "grafana.md"
BLOCK = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)


def setting(name):
    assert BLOCK is not None
    return re.search(rf"^ *{name}: *(\S+)", BLOCK[1], re.MULTILINE)[1]  # type: ignore[index]


def test_numbers_are_numbers():
    """1.3 says: a lookupLimit that is a string stops the data source: provision it as a number."""
    for name in ("lookupLimit", "tsdbVersion", "tsdbResolution"):
        assert setting(name).isdecimal()


async def test_the_url_works(source):
    """4.4 says: document the URL and version 2.4 as the suggested settings; the data source keeps any base path.

    5 says: each series needs a unique label set; alerts and panels have one data source.
    """
    source.base = setting("url").removeprefix("http://localhost:4242")

    assert (source.base, setting("tsdbVersion")) == ("/grafana/grouped", "4")
    assert (await source.get("/api/suggest?q=cpu&type=metrics")) == (200, ["cpu"])
