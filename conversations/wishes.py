"""Wishes: what somebody who stands in a line can ask for instead of standing there."""

from enum import StrEnum


class Wish(StrEnum):
    """The value is stored with the conversation, and names the list of words that say it."""

    LEAVE = "leave"
    MESSAGE = "message"
    CALLBACK = "callback"
