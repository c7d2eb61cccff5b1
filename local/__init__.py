"""The whole of Inkdex on one machine: no Docker, no Ollama, nothing installed beforehand."""
