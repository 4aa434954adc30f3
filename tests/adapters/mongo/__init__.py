"""The MongoDB adapter on the real embedded server."""
