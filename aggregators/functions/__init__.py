"""The built-in aggregators, one file for each kind of function. Imports numpy only."""
