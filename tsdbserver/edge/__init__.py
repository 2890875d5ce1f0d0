"""Moves bytes: the only code that waits on I/O. Imports everything but `store.memory`, and aiohttp."""
