"""The API under /api/v1: everything the inbox does, for people who are signed in."""
