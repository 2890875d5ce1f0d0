"""The URL table; nothing but the URL table."""

from tsdbserver.auth.access import Access
from tsdbserver.edge.http.handlers.annotations import (
    delete_annotation,
    delete_bulk,
    get_annotation,
    get_annotations,
    post_annotation,
    post_bulk,
    put_annotation,
    put_bulk,
)
from tsdbserver.edge.http.handlers.digests import get_hello, post_batch
from tsdbserver.edge.http.handlers.exp import get_exp, post_exp
from tsdbserver.edge.http.handlers.gexp import get_gexp
from tsdbserver.edge.http.handlers.graph import get_graph
from tsdbserver.edge.http.handlers.histogram import post_histogram
from tsdbserver.edge.http.handlers.last import get_last, post_last
from tsdbserver.edge.http.handlers.logs import get_logs
from tsdbserver.edge.http.handlers.metadata import (
    drop_caches,
    get_aggregators,
    get_config,
    get_filters,
    get_openapi,
    get_status,
    get_version,
    get_version_page,
)
from tsdbserver.edge.http.handlers.metrics import get_metrics
from tsdbserver.edge.http.handlers.pages import get_file, get_home
from tsdbserver.edge.http.handlers.put import post_put, post_rollup
from tsdbserver.edge.http.handlers.query import delete_query, get_query, post_query
from tsdbserver.edge.http.handlers.search import get_search, post_search
from tsdbserver.edge.http.handlers.stats import get_stats, get_stats_page
from tsdbserver.edge.http.handlers.suggest import get_suggest, post_suggest
from tsdbserver.edge.http.handlers.tree import get_tree
from tsdbserver.edge.http.handlers.uid import (
    any_other,
    delete_meta,
    edit_meta,
    get_assign,
    get_rename,
    get_tsmeta,
    get_uidmeta,
    post_assign,
    post_rename,
)
from tsdbserver.edge.http.server.route import endpoint

ENDPOINTS = (
    endpoint("/", get=get_home, access=Access.NONE),
    endpoint("/aggregators", get=get_aggregators, access=Access.KNOWN),
    endpoint("/api/aggregators", get=get_aggregators, access=Access.KNOWN),
    endpoint(
        "/api/annotation",
        get=get_annotation,
        post=post_annotation,
        put=put_annotation,
        delete=delete_annotation,
        access=Access.WRITE,
        get_access=Access.READ,
        takes_override=True,
    ),
    endpoint(
        "/api/annotations",
        get=get_annotations,
        post=post_annotation,
        put=put_annotation,
        delete=delete_annotation,
        access=Access.WRITE,
        get_access=Access.READ,
        takes_override=True,
    ),
    *(
        endpoint(path, post=post_bulk, put=put_bulk, delete=delete_bulk, access=Access.WRITE, takes_override=True)
        for path in ("/api/annotation/bulk", "/api/annotations/bulk")
    ),
    endpoint("/api/config", get=get_config, post=get_config, access=Access.KNOWN),
    endpoint("/api/config/filters", get=get_filters, post=get_filters, access=Access.KNOWN),
    endpoint("/api/dropcaches", get=drop_caches, delete=drop_caches, access=Access.KNOWN),
    endpoint("/api/histogram", post=post_histogram, access=Access.WRITE),
    endpoint("/api/openapi.json", get=get_openapi, access=Access.NONE),
    endpoint("/api/put", post=post_put, access=Access.WRITE),
    endpoint("/api/query", get=get_query, post=post_query, delete=delete_query, takes_override=True),
    endpoint("/api/query/exp", get=get_exp, post=post_exp),
    endpoint("/api/query/last", get=get_last, post=post_last),
    endpoint("/api/query/gexp", get=get_gexp),
    endpoint("/api/rollup", post=post_rollup, access=Access.WRITE),
    endpoint("/api/search", get=get_search, post=post_search, takes_override=True),
    endpoint("/api/stats", get=get_stats, post=get_stats, access=Access.KNOWN),
    endpoint("/api/status", get=get_status, access=Access.NONE),
    endpoint("/api/suggest", get=get_suggest, post=post_suggest),
    endpoint("/api/tdigest/v1/batch", post=post_batch, access=Access.WRITE),
    endpoint("/api/tdigest/v1/hello", get=get_hello, access=Access.NONE),
    endpoint("/api/tree", get=get_tree, takes_override=True),
    endpoint("/api/uid", get=any_other, post=any_other),
    endpoint("/api/uid/assign", get=get_assign, post=post_assign, access=Access.WRITE),
    endpoint("/api/uid/rename", get=get_rename, post=post_rename, access=Access.WRITE),
    *(
        endpoint(
            f"/api/uid/{kind}",
            get=get,
            post=edit_meta,
            put=edit_meta,
            delete=delete_meta,
            access=Access.WRITE,
            get_access=Access.READ,
            takes_override=True,
        )
        for kind, get in (("tsmeta", get_tsmeta), ("uidmeta", get_uidmeta))
    ),
    endpoint("/api/version", get=get_version, access=Access.NONE),
    endpoint("/favicon.ico", get=get_file, access=Access.NONE),
    endpoint("/logs", get=get_logs, access=Access.KNOWN),
    endpoint("/metrics", get=get_metrics, access=Access.KNOWN),
    endpoint("/q", get=get_graph, post=get_graph),
    endpoint("/s", get=get_file, access=Access.NONE),
    endpoint("/stats", get=get_stats_page, access=Access.KNOWN),
    endpoint("/suggest", get=get_suggest),
    endpoint("/version", get=get_version_page, access=Access.NONE),
)
