"""Writes with the package `opentsdb` (opentsdb-py, and opentsdb-client, its successor): PORT PROTOCOL COUNT."""

import sys

from opentsdb import TSDBClient

port, protocol, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
client = TSDBClient(
    "127.0.0.1", port, protocol=protocol, host_tag=True, static_tags={"via": protocol}, send_metrics_limit=0
)
if not client.is_alive():  # GET /api/version, with a Content-Encoding and no body
    sys.exit("the server seems to be away")
for i in range(count):
    value = i if i % 2 else i / 3
    client.send(f"app.requests.{i % 3}", value, timestamp=1_700_000_000 + i, path=f"/page/{i % 7}")
client.close()
client.wait()
print(client.statuses["success"], client.statuses["failed"])
