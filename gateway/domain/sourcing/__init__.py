"""Sourcing: the cheapest feasible plan for a basket, from the problem that is stated to the plan that is chosen."""
