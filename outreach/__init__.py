"""Writing first: satisfaction surveys (满意度调查) and their gates."""
