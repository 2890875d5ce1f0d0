"""One file for each group of endpoints: request to model, model to response."""
