"""The state of one application, folded from its events."""
