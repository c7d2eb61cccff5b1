"""Files: receive, extract, read, list, delete."""
