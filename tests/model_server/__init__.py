"""The local model server: its models, and the API of Ollama around them."""
