"""wordllama: its weights and its vectors."""
