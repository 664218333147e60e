"""SMS: one module per provider, one engine for text."""
