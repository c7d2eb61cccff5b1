"""Benchmarks. They use the product from outside, and the product does not import them."""
