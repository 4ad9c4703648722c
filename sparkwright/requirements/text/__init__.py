"""A text as words, numbers and marks: its language, slips, phrases, forms, labels."""
