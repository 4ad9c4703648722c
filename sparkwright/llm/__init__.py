"""Language models for any task: messages and a schema in, a validated object out. Nothing here knows the task."""
