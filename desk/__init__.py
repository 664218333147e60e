"""What agents and supervisors do on a conversation: reply, note, transfer, resolve."""
