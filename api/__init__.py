"""The HTTP process: translates HTTP to service calls and back."""
