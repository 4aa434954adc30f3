"""Any JSON system over HTTP, mapped to our ports by configuration alone."""
