"""The settings of a server: one table, which flags, environment, file, `tsdbserver config` and documentation follow."""
