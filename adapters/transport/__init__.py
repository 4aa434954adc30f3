"""Time-outs and translation of failures for calls to systems behind the gateway; knows no source."""
