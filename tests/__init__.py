"""Tests on real servers: PostgreSQL, Valkey, Celery workers and an embedding model."""
