"""The local stack: its parts, their addresses and its embedding model."""
