"""The URL table; nothing but the URL table."""

from aiohttp import web

from tsdbserver.edge.http.catalog import get_aggregators, get_filters, get_suggest, get_version
from tsdbserver.edge.http.digests import get_hello, post_batch
from tsdbserver.edge.http.metrics import get_metrics
from tsdbserver.edge.http.put import post_put
from tsdbserver.edge.http.query import get_query, post_query
from tsdbserver.edge.http.search import get_lookup, post_lookup

ROUTES = [
    web.get("/api/aggregators", get_aggregators),
    web.get("/api/config/filters", get_filters),
    web.post("/api/put", post_put),
    web.get("/api/query", get_query),
    web.post("/api/query", post_query),
    web.get("/api/search/lookup", get_lookup),
    web.post("/api/search/lookup", post_lookup),
    web.get("/api/suggest", get_suggest),
    web.post("/api/tdigest/v1/batch", post_batch),
    web.get("/api/tdigest/v1/hello", get_hello),
    web.get("/api/version", get_version),
    web.get("/metrics", get_metrics),
]
