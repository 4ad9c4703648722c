"""Whether rows and batches keep their contracts, and how far a batch deviates from those before it."""
