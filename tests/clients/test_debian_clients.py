"""Debian's netdata and collectd, as they are packaged; only where they are installed."""

import shutil
from pathlib import Path

import pytest

from tests.clients.stored import agree
from tsdbserver.demo.processes import running

NETDATA, COLLECTD = shutil.which("netdata") or "", shutil.which("collectd") or ""
ENOUGH = 200
"""Points to wait for: several rounds of either."""

NETDATA_CONF = """
[global]
    run as user = root
    hostname = gen-a
[directories]
    config = {folder}
    cache = {folder}/cache
    lib = {folder}/lib
    log = {folder}/log
    lock = {folder}/run
[db]
    mode = ram
[web]
    mode = none
[ml]
    enabled = no
[health]
    enabled = no
[plugins]
    enable running new plugins = no
    proc = yes
"""
EXPORTING_CONF = """
[exporting:global]
    enabled = yes

[opentsdb:{door}:ours]
    enabled = yes
    destination = 127.0.0.1:{port}
    data source = average
    prefix = netdata
    hostname = gen-a
    update every = 1
    send charts matching = system.*
"""
COLLECTD_CONF = """
Hostname "gen-a"
Interval 1
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin cpu
LoadPlugin memory
LoadPlugin load
LoadPlugin write_tsdb
<Plugin write_tsdb>
  <Node>
    Host "127.0.0.1"
    Port "{port}"
    HostTags "status=production"
    StoreRates true
  </Node>
</Plugin>
"""


@pytest.mark.skipif(not NETDATA, reason="netdata is not installed (package netdata-core)")
@pytest.mark.parametrize("door", ["http", "telnet"])
def test_netdata(server: str, tap, tmp_path: Path, door: str) -> None:
    for name in ("cache", "lib", "log", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "netdata.conf").write_text(NETDATA_CONF.format(folder=tmp_path))
    (tmp_path / "exporting.conf").write_text(EXPORTING_CONF.format(door=door, port=tap.port))

    with running("netdata", [NETDATA, "-D", "-c", tmp_path / "netdata.conf"], tmp_path):
        tap.wait_for(ENOUGH)

    assert agree(server, tap).count >= ENOUGH


@pytest.mark.skipif(not COLLECTD, reason="collectd is not installed (package collectd-core)")
def test_collectd(server: str, tap, tmp_path: Path) -> None:
    (tmp_path / "collectd.conf").write_text(COLLECTD_CONF.format(folder=tmp_path, port=tap.port))

    with running("collectd", [COLLECTD, "-f", "-C", tmp_path / "collectd.conf"], tmp_path):
        tap.wait_for(ENOUGH)

    assert agree(server, tap).count >= ENOUGH
