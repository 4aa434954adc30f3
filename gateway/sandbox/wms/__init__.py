"""A WMS: numbered stock of the warehouses, inbound; takes shipment orders under a key and ships them by itself."""
