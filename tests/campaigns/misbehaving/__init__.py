"""A retailer of three systems on loopback, one of which misbehaves on one of its ports in every way that a system can."""
