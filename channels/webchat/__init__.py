"""Web chat: our own channel, spoken by our own widget."""
