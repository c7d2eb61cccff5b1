"""The Celery process: translates messages to services and back."""
