"""Deduplicate and append. Imports `model` and `store.interface`; never `query`, `wire` or aiohttp."""
