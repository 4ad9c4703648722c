"""The language model: a process of its own, and how those in front see it."""
