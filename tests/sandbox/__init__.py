"""The sandbox network: every dialect, fault and restart over real sockets."""
