"""Carrying messages."""
