"""Reports on event logs: summary, sizing, failures, slow runs; as a table, a page, JSON, CSV, properties."""
