"""All positions in this process's memory, kept current from the ledger's change stream."""
