"""The outside world behind the ports: Ollama, Celery, logging."""
