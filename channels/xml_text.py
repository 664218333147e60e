"""Words inside XML: some characters have no way to be written there at all."""

import re

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Section 2.2 of XML 1.0."""


def sayable(text: str) -> str:
    """The text without what XML cannot say."""
    return _NOT_IN_XML.sub("", text)
