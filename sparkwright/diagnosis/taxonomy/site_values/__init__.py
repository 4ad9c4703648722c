"""Properties that repair, whose value only the site or the program's owner knows."""
