"""Small servers that the benchmarks compare with or measure against."""
