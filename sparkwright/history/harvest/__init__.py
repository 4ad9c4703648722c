"""From event logs to the lake: what is read, by whom, and what is committed."""
