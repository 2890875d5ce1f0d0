"""What HTTP and telnet share: services, thread pools, point writes, statistics. Knows no protocol."""
