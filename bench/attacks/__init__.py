"""Hostile clients: what one client can send to slow down the others."""
