"""The API's own description, as OpenAPI 3.1: the URL table and the handlers' docstrings, and what they do not say."""
