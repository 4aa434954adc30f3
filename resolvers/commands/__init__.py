"""What callers and sources may cause: one file per verb, each a transaction told from top to bottom."""
