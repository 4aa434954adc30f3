"""The outside world, one folder per way of reaching it."""
