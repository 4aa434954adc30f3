"""A graph with callers of every kind, and generators of what none of them should send."""
