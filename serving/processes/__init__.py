"""What `serve` and `up` start, watch and stop on this machine."""
