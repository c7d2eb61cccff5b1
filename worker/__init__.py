"""The Celery process: translates messages to service calls and back."""
