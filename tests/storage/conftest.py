"""One process around the outbox, with a scripted provider."""

from tests.support.core import core

__all__ = ["core"]
