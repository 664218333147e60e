"""Telegram: one bot and the people who write to it."""
