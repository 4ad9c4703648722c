"""The endpoints, by what is asked."""
