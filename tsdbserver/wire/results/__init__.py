"""Results to JSON and to text."""
