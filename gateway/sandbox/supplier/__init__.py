"""A supplier: numbered offers of what can still be ordered; takes purchase orders and remembers no reference."""
