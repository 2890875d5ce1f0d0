"""What a Python program needs to send digests: fold samples into intervals, deliver batches.

Imports `model`, `wire`, `aggregators` and aiohttp's client; never `store`, `query`, `ingest` or `edge`.
"""
