"""The HTTP server: uvicorn, with limits on what a connection may hold and how long."""
