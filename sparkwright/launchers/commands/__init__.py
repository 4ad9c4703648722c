"""What a person asks at a terminal, and how answers are shown there."""
