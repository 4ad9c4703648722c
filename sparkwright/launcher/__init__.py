"""What job launchers use: the client and spark-submit wrapper. Imports neither torch nor pandas."""
