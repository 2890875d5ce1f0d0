"""What joins the results: annotations, events, and the dialect of the API mount."""
