"""A replicated database, its network and its failures on a clock of their own, under the product's own adapter."""
