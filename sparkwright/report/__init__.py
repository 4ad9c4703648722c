"""What a folder of event logs says: summary, sizing, failures, slow runs; as a table, a page, JSON, CSV, properties."""
