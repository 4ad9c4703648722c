"""The causes by family: what each means, the marks it leaves, and what repairs it."""
