"""E-mail: the SMTP listener's mail in, SMTP out."""
