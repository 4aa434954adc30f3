"""An ERP behind REST: catalogue, prices, purchase orders; takes sales orders and honors no key."""
