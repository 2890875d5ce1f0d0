"""Who may come in, and over what: tokens and certificates, read from files and read again on SIGHUP."""
