"""The ledger, the order book and the projections in MongoDB; the only place that knows its driver."""
