"""The local model server: the model itself, and Ollama's API around it."""
