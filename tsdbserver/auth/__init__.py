"""Who may do what: scopes, tokens and the Authorization header. Pure, below every protocol."""
