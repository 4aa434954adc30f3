"""The demo retailer: an ERP, a WMS, a POS and suppliers as real HTTP systems on loopback."""
