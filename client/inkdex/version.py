"""The version of the client. That of the server is in `shared`; a test compares them."""

__version__ = "0.1.0"
