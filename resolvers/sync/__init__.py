"""Taking in what sources tell: feeds by polling and by webhook, rows checked one by one."""
