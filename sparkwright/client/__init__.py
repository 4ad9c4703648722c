"""The service as a program sees it."""
