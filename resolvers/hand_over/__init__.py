"""Giving work to the systems that own the stock: sent once and only once, or kept for a person."""
