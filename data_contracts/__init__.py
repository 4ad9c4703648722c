"""What a row means: every column once, every table, every request and answer. Imports nothing of ours."""
