"""Lexing of documents outside of the event loop."""
