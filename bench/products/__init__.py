"""Other products, run on the same work for comparison."""
