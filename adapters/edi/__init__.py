"""Suppliers by EDI: EDIFACT and X12 in a partner's mailbox, other dialects by the network file alone."""
