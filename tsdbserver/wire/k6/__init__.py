"""Lines of `k6 run --out json` to samples, and names that fit the server."""
