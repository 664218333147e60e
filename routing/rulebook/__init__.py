"""What a rule says, and which one catches a conversation."""
