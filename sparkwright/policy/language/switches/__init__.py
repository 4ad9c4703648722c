"""What is said of properties without an amount: on, off, forbidden, required, a word as value."""
