"""One module per noun: its type, inputs and refusals."""
