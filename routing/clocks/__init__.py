"""Time that is promised: calendars, policies, deadlines, and the keeper who watches them."""
