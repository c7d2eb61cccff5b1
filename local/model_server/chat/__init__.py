"""Answers `/api/chat` and `/api/generate` as Ollama does. llama.cpp runs in a child process."""
