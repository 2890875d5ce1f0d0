"""`/api/query/exp`: arithmetic on joined metrics."""
