"""What is said with an amount: its end, its subject, the cheapest way to read all of them at once."""
