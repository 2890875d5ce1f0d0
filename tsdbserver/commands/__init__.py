"""One file a command. Imports anything; nothing imports it but `__main__`."""
