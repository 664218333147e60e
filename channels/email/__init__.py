"""E-mail: SMTP both ways, threads by a signed token, and the many dialects in which mail is written."""
