"""Keys, tokens and tenants: who may do what."""
