"""Taking in feeds."""
