"""The nouns: series, points, time, queries, results, batches. Imports numpy and `aggregators`, no sibling."""
