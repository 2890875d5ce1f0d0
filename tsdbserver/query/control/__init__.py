"""Limits and measurements of a running query: cost, budget, trace."""
