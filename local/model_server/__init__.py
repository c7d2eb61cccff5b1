"""Serves small models with Ollama's API, for machines without Ollama."""
