"""all-minilm: its set-up and its vectors."""
