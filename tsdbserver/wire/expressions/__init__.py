"""Expressions of `/api/query/gexp` and `/api/query/exp`: text to model."""
