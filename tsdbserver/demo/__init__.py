"""The demo: two k6 generators, one target, one server, and a table that shows whose p99 is true.

It starts other programs and speaks to the server through its public doors only, so it imports nothing of
`tsdbserver` but itself. Run by `make demo`, or by `python -m tsdbserver.demo --k6 PATH`.
"""
