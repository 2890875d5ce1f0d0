"""Names, their ids, and the tag index."""
