"""How good advice is: follow it attempt by attempt, so that each decision sees the outcomes of earlier ones."""
