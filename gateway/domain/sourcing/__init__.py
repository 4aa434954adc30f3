"""Sourcing: the cheapest feasible plan for a basket."""
