"""Folders as sources: what is in them, what has changed, and what to send."""
