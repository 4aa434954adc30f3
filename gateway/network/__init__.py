"""The network file: what the retailer is, read from TOML, checked as a whole and laid over what its systems say."""
