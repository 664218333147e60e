"""One process with a scripted provider, and a second one beside it."""

from tests.support.core import core, other

__all__ = ["core", "other"]
