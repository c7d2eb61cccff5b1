"""The HTTP process: translates HTTP to services and back."""
