"""Children that end with their parent, even when it is killed and can tell them nothing."""

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None] | None:
    """What a child does first, as `preexec_fn`: on Linux, ask the kernel for SIGTERM when its parent is gone.

    Start the child in the main thread: the kernel means the thread that started it.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask
