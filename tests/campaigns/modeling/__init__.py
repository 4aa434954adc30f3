"""The model of the claim protocol: its actors, scenes and seeded faults."""
