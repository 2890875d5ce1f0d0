"""Plain points in memory: write buffer, chunks and rings."""
