"""The words of the domain: contact, conversation, message, part, event, errors.

Standard library only, no I/O. Everything else in the house speaks in these words.
"""
