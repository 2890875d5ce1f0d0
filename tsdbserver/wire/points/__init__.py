"""Plain points and histograms, over HTTP and telnet: bytes to model."""
