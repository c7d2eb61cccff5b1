"""all-MiniLM-L6-v2: its weights, the graph built from them, and its encoder."""
