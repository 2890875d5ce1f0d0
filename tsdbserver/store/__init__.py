"""Where points are kept. Imports `model`, `aggregators` and numpy; never `query`, `ingest` or `wire`."""
