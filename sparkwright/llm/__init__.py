"""Language models for any task: messages and a schema in, a checked object out. Nothing here knows what is asked."""
