"""Queries, as a URI and as JSON: text to model, and the echo of a query."""
