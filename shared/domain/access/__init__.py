"""Who may do what: keys, tokens, principals."""
