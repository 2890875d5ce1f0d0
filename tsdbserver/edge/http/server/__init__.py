"""The HTTP server: routes, dispatch, request bodies, responses, connections."""
