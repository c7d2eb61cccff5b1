"""A synthetic corpus of any size."""
