"""Every statement Inkdex sends to PostgreSQL."""
