"""Serves all-MiniLM-L6-v2 with onnxruntime and Ollama's API, for machines without Ollama."""
