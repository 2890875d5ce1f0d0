"""Writes with potsdb, which speaks telnet only: PORT PROTOCOL COUNT."""

import sys

import potsdb

port, _, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
client = potsdb.Client("127.0.0.1", port, host_tag="gen-a", mps=0)
for i in range(count):
    value = i if i % 2 else i / 3
    client.log(f"app.requests.{i % 3}", value, timestamp=1_700_000_000 + i, path=f"/page/{i % 7}")
client.wait()
print(client.queued, 0)
