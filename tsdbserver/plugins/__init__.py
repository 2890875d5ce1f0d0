"""Aggregators and tag filters of others: found, checked and guarded. What one raises becomes an error that names it."""
