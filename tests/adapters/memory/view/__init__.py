"""The view of all positions."""
