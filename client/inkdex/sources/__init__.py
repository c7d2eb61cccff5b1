"""Sources: places that have files, what has changed in them, and what to send."""
