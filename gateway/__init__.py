"""The product: its pure rules (domain), what it needs from the world (ports), and the files that start it."""
