"""Twilio's Programmable Messaging, for SMS and MMS."""
