"""The pipeline itself: rules, storage, services and adapters."""

__version__ = "0.1.0"
