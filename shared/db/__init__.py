"""Every statement that Inkdex sends to PostgreSQL."""
