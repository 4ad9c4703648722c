"""One module a field: what a text says of it."""
