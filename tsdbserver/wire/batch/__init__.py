"""Digest batches: bytes to model and back."""
