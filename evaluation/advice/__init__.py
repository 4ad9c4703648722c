"""How good advice is: it is followed attempt by attempt, and the next question sees what came of it."""
