"""Text and bytes ↔ model, one format a file, pure in both directions.

Imports `model`, `aggregators`, msgspec, msgpack and orjson; never `store`, `query` or aiohttp.
"""
