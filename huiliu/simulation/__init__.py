"""What `huiliu simulate` is told, and what it shows."""
