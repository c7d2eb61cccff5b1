"""The servers of the local stack: PostgreSQL and Valkey."""
