"""Implementations of the ports: Ollama, Redis, Celery, HTTP and observability."""
