"""`/api/query/gexp`: functions applied to queried series."""
