"""Installs everything that Inkdex needs into `.venv`."""
