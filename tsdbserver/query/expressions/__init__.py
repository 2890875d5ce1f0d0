"""Expressions over series: the functions of gexp, one idea a file, and the formulas of exp."""
