"""Names, ids, last points and annotations: text to model and back."""
