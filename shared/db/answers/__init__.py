"""Statements that read the passages for an answer."""
