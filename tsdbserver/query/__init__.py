"""Plan and run. Imports `model`, `aggregators` and `store.interface`; no other store module, no `wire`, no asyncio."""
