"""Inkdex for programs that speak the Model Context Protocol. `api/routes/mcp.py` imports it."""
