"""Two applications side by side."""
