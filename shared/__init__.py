"""The pipeline itself: rules, storage, services and adapters."""
