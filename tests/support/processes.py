"""Processes of this machine: started and told what to do, known for ever, counted with all that they started."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.eventually import soon

ROOT = Path(__file__).parent.parent.parent

STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Pid:
    """One process for ever: numbers are used again, but not with the same time of birth."""

    number: int
    born: str

    @property
    def is_alive(self) -> bool:
        """Whether it is still there; what waits to be buried is not."""
        return _born(self.number) == self.born


class Program:
    """One process of the product: started, killed, stopped and started again."""

    def __init__(self, name: str, words: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self.name = name
        self._words = words
        self._environment = environment
        self.output = folder / f"{name}.out"
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def pid(self) -> int:
        """Its number; it must have been started."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def said(self) -> str:
        """What it printed since it was started the last time."""
        return self.output.read_bytes()[self._said_before :].decode()

    def start(self) -> None:
        """Start it; output and log are added to what earlier runs wrote."""
        with self.output.open("ab") as output, self.log.open("ab") as log:
            self._said_before = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, *self._words],
                cwd=ROOT,
                env=surroundings() | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                # A Ctrl-C of whoever runs the tests is not meant for it.
                start_new_session=True,
            )

    def tell(self, wanted: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None and self.is_running:
            self._process.send_signal(wanted)

    async def ended(self, within: float = STOP_SECONDS) -> int:
        """Wait for its end; the exit code."""
        await soon(lambda: not self.is_running, f"{self.name} ends", within)
        assert self._process is not None
        return self._process.wait()


def surroundings() -> dict[str, str]:
    """Our own environment without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HUILIU_")}


def family(root: int) -> list[Pid]:
    """A process and all its descendants."""
    parents = {number: parent for number in _numbers() if (parent := _parent(number)) is not None}
    members = [root]
    for member in members:
        members += [number for number, parent in parents.items() if parent == member]
    return [Pid(number, born) for number in members if (born := _born(number)) is not None]


def _numbers() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _status(number: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat behind the name, which may hold anything; None when there is no such process."""
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def _parent(number: int) -> int | None:
    status = _status(number)
    return int(status[1]) if status else None


def _born(number: int) -> str | None:
    status = _status(number)
    return status[19] if status and status[0] != "Z" else None


def command_line(number: int) -> str:
    """How it was started; nothing when it is gone."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
