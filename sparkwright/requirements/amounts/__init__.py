"""Numbers with what they count: durations, times of day, sizes, money."""
