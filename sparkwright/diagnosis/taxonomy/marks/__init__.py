"""How marks are found in a text."""
