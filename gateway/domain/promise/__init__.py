"""Delivery promises: when goods can arrive, from where, and until when that holds."""
