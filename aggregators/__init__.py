"""How many values become one."""
