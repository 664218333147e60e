"""Huiliu with the lab beside it, as processes that are started as a user starts them.

Nothing here belongs to an event loop: a product may be started on one and stopped on another.
"""

import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import aiohttp
import orjson

from huiliu.demo import seed
from lab.config import LabConfig, read_config
from runtime.settings import Settings
from tests.support.eventually import eventually, soon
from tests.support.ports import free_port
from tests.support.processes import ROOT, Pid, Program, command_line, family, surroundings

START_SECONDS = 120.0
"""A process imports everything anew; on a busy machine that takes its time."""

PERSISTENT = {"callback_pauses": [1, 2, 4, 8, 8, 8], "mail_pauses": [2] * 15, "receipt_after": 0.2}
"""Seconds after which the lab's providers try again: often enough that a killed product is there again meanwhile."""

GREETERS = {"demo", "serve"}
"""Programs that tell a person, when all is ready, where to go."""

LAST_WORDS = "Ctrl-C"
"""What stands in the last line of that."""


@dataclass(frozen=True)
class Ports:
    """Where one installation listens. The second gateway has ports of its own."""

    gateway: int
    lab: int
    smtp: int
    lab_smtp: int
    lab_smpp: int
    lab_cmpp: int
    second_gateway: int
    second_smtp: int


class Product:
    """One installation: its folder, its ports, and its programs in the order in which they are started."""

    def __init__(self, folder: Path, ports: Ports, environment: dict[str, str]) -> None:
        self.folder = folder
        self.ports = ports
        self.environment = environment
        self.programs: dict[str, Program] = {}
        self.gateways: list[str] = []

    @property
    def settings(self) -> Settings:
        """What its programs are told."""
        return Settings.from_env(self.environment)

    @property
    def url(self) -> str:
        """The gateway to which providers turn."""
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def lab_url(self) -> str:
        """The lab."""
        return f"http://127.0.0.1:{self.ports.lab}"

    @property
    def lab_config(self) -> LabConfig:
        """The accounts with their secrets, as the lab knows them."""
        return read_config(self.folder / "lab.json")

    def output(self) -> str:
        """What the programs printed, in all of their runs."""
        return "\n".join(program.output.read_text() for program in self.programs.values() if program.output.exists())

    def log(self) -> str:
        """What the product's own programs logged, in all of their runs."""
        return "\n".join(
            program.log.read_text() for name, program in self.programs.items() if name != "lab" and program.log.exists()
        )

    def add(self, name: str, *words: str, **more: str) -> None:
        """Have one more program."""
        self.programs[name] = Program(name, words, {**self.environment, **more}, self.folder)

    def command(self, *words: str) -> str:
        """Run a command of the product to its end; what it printed."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "huiliu", *words],
            cwd=ROOT,
            env=surroundings() | self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def start(self) -> None:
        """Start what does not run, and wait until everything is ready."""
        for program in self.programs.values():
            if not program.is_running:
                program.start()
        await self.ready()

    async def ready(self) -> None:
        """Wait until each gateway calls itself ready, the lab answers, and whoever started it is told so."""
        for url in (*(f"{gateway}/readyz" for gateway in self.gateways), f"{self.lab_url}/lab/api/setup"):
            await eventually(partial(self._answers, url), f"{url} is well", START_SECONDS)
        for name in GREETERS & self.programs.keys():
            await soon(partial(self._has_greeted, name), f"{name} greets", START_SECONDS)

    async def stop(self, how: signal.Signals = signal.SIGINT) -> list[int]:
        """Ask every program to stop, the last one first; their exit codes."""
        codes = []
        for program in reversed(self.programs.values()):
            if program.is_running:
                program.tell(how)
                codes.append(await program.ended())
        return codes

    async def kill(self, name: str) -> None:
        """kill -9 one program."""
        self.programs[name].tell(signal.SIGKILL)
        await self.programs[name].ended()

    def tree(self) -> dict[Pid, str]:
        """Every process that belongs to the product now, with its command line."""
        roots = [program.pid for program in self.programs.values() if program.is_running]
        return {pid: command_line(pid.number) for root in roots for pid in family(root)}

    def process(self, words: str) -> Pid:
        """The only process of the product with these words in its command line."""
        (found,) = [pid for pid, line in self.tree().items() if words in line]
        return found

    def _has_greeted(self, name: str) -> bool:
        return LAST_WORDS in self.programs[name].said

    async def _answers(self, url: str) -> bool:
        fallen = [program.name for program in self.programs.values() if not program.is_running]
        assert not fallen, f"{fallen} ended: {self.log()[-3000:]}"
        try:
            async with aiohttp.ClientSession() as http, http.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False


@asynccontextmanager
async def running(product: Product) -> AsyncIterator[Product]:
    """A product that was started, and is stopped in any case."""
    try:
        await product.start()
        yield product
    finally:
        await product.stop()


def demo(folder: Path, *words: str, **settings: str) -> Product:
    """`huiliu demo`: one command, SQLite, the embedded Redis, the lab as a child; with more words if wanted."""
    product = _product(folder, settings)
    product.gateways = [product.url]
    product.add("demo", "-m", "huiliu", "demo", *words)
    return product


async def serve(folder: Path, **settings: str) -> Product:
    """`huiliu serve` with the lab as its neighbour, who lives on when the product is killed."""
    product = _product(folder, settings)
    product.gateways = [product.url]
    await _seed(product)
    product.add("lab", "-m", "lab", "--config", str(folder / "lab.json"))
    product.add("serve", "-m", "huiliu", "serve")
    return product


async def apart(folder: Path, database_url: str, redis_url: str, **settings: str) -> Product:
    """Two gateways, a worker and a schedule, each a program of its own, on PostgreSQL and a Redis server."""
    servers = {"HUILIU_DATABASE_URL": database_url, "HUILIU_REDIS_URL": redis_url}
    product = _product(folder, {**settings, **servers})
    ports = product.ports
    await _seed(product)
    product.add("lab", "-m", "lab", "--config", str(folder / "lab.json"))
    product.add("gateway", "-m", "huiliu", "gateway")
    second = {"HUILIU_PORT": str(ports.second_gateway), "HUILIU_SMTP_PORT": str(ports.second_smtp)}
    product.add("gateway-2", "-m", "huiliu", "gateway", **second)
    for name in ("worker", "schedule"):
        product.add(name, "-m", "huiliu", name)
    product.gateways = [product.url, f"http://127.0.0.1:{ports.second_gateway}"]
    return product


def sign_in_link(text: str) -> str:
    """The last one-time link that was printed: its path, for it is good at every gateway."""
    path: str = re.findall(r"http://\S+(/sign-in/link/\S+)", text)[-1]
    return path


async def _seed(product: Product) -> None:
    """Give an installation what the demo gives itself: an account on each channel, queues, rules."""
    await seed(product.settings, all_channels=True)
    file = product.folder / "lab.json"
    file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), "timings": PERSISTENT}))


def _product(folder: Path, settings: dict[str, str]) -> Product:
    folder.mkdir(parents=True, exist_ok=True)
    ports = Ports(*(free_port() for _ in fields(Ports)))
    environment = {
        "HUILIU_DATA_DIR": str(folder),
        "HUILIU_PORT": str(ports.gateway),
        "HUILIU_LAB_PORT": str(ports.lab),
        "HUILIU_SMTP_PORT": str(ports.smtp),
        "HUILIU_LAB_SMTP_PORT": str(ports.lab_smtp),
        "HUILIU_LAB_SMPP_PORT": str(ports.lab_smpp),
        "HUILIU_LAB_CMPP_PORT": str(ports.lab_cmpp),
    }
    return Product(folder, ports, environment | settings)
