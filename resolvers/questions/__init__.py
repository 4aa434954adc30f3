"""What can be asked: one module per noun; plain async Python that answers domain values."""
