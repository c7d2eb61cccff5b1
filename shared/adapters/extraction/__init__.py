"""Reads files in processes of their own, because a file may be hostile."""
