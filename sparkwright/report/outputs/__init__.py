"""How a report is written: table, page, CSV, properties files."""
