"""Systems that others wrote, run for real."""
