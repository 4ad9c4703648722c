"""When a text holds: days, hours, time zones."""
