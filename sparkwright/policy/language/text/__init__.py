"""A text before anything is read of it: slips mended, other languages, numbers in digits, what rules nothing left out."""
