"""Measured claims: each figure a ratio against a peer or a baseline in one run."""
