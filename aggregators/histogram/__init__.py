"""Histograms with explicit buckets in columns: packed, added up, turned into digests. Imports numpy only."""
