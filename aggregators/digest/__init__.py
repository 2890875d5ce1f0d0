"""t-digests in columns: building, merging, and reading quantiles and shares. Imports numpy only."""
