"""The line protocol's door: a table of commands, and the connection that reads lines and writes replies."""
