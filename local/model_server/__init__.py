"""Serves small embedding models with Ollama's API, for machines without Ollama."""
