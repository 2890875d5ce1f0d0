"""The HTTP doors: a handler connects wire, query and ingest, and does nothing else."""
