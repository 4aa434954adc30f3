"""The processes around the world."""
