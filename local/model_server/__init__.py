"""all-MiniLM-L6-v2 on onnxruntime behind Ollama's API, for machines without an Ollama."""
