"""What the gateway needs from the world: one Protocol per role; its docstring is the contract."""
