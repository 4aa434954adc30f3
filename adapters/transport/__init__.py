"""How any system is reached over HTTP: time-outs, limits, one retry, errors told apart; it knows no source."""
