"""Benchmarks: run from outside, as a user would; nothing of the product imports them."""
