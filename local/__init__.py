"""Runs the whole of Inkdex on one machine. It needs neither Docker nor Ollama."""
