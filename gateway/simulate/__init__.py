"""`commerce-gateway simulate`: past orders under another sourcing profile, told as a table, as JSON and as a plot."""
