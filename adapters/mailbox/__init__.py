"""Files that come and go: a drop folder or SFTP, each file taken once, kept, or put aside with the reason. Knows no format."""
