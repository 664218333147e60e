"""Intake and delivery: inbound news become committed rows, committed rows become provider calls."""
