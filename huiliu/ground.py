"""What Huiliu stands on, looked at one by one: settings, folder, disk, time zones, Redis, ports."""

import asyncio
import contextlib
import errno
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

import aiohttp
from redis.asyncio import Redis
from redis.exceptions import RedisError

from runtime.redis_server import RedisMissing, find_binary
from runtime.settings import Settings

LEAST_SPACE = 1024**3
"""Bytes that should be free: attachments and the database's journal need room."""

ZONES = 400
"""Fewer names than the IANA list has had for decades; a list with less is not whole."""

PATIENCE = 3.0
"""Seconds for a neighbour on the network to answer."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do when it is not well."""

    about: str
    text: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done."""
        return not self.remedy


async def read_settings(settings: Settings) -> Finding:
    """They were read before any check begins."""
    return Finding("Settings", f"understood; people and providers reach Huiliu at {settings.public_url}")


async def data_folder(folder: Path) -> Finding:
    """May this user write there?"""
    nearest = _nearest(folder)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        remedy = f"Let this user write to {nearest}, or choose another folder with HUILIU_DATA_DIR."
        return Finding("Data folder", f"{folder} cannot be written to", remedy)
    return Finding("Data folder", str(folder) if folder == nearest else f"{folder} is made at the first start")


async def disk(folder: Path) -> Finding:
    """Is there room?"""
    free = shutil.disk_usage(_nearest(folder)).free
    text = f"{free / 1e9:.1f} GB are free"
    remedy = "Make room: with a full disk no message can be taken."
    return Finding("Disk", text, "" if free >= LEAST_SPACE else remedy)


async def time_zones() -> Finding:
    """Is the IANA list there?"""
    known = len(available_timezones())
    remedy = "" if known > ZONES else "Install the package tzdata."
    return Finding("Time zones", f"{known} are known", remedy)


async def redis(settings: Settings) -> Finding:
    """Does it answer, or can one be started?"""
    if not settings.redis_url:
        return _embedded_redis()
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return Finding("Redis", f"does not answer: {error}", "Start it, or correct HUILIU_REDIS_URL.")
    finally:
        await client.aclose()
    return Finding("Redis", "answers")


def _embedded_redis() -> Finding:
    try:
        return Finding("Redis", f"embedded, from {find_binary()}")
    except RedisMissing as error:
        return Finding("Redis", "none is set and none can be started", str(error))


async def gateway_port(settings: Settings) -> Finding:
    """Is it free, or ours already?"""
    where = f"{settings.host}:{settings.port}"
    if _is_free(settings.host, settings.port):
        return Finding("Port of the gateway", f"{where} is free")
    try:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(f"http://{where}/healthz") as answer:
            if (await answer.text()).strip() == "ok":
                return Finding("Port of the gateway", f"{where} is held by a Huiliu that runs")
    except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
        return _taken("Port of the gateway", where, "HUILIU_PORT")
    return _taken("Port of the gateway", where, "HUILIU_PORT")


async def mail_port(settings: Settings) -> Finding:
    """Is it free, or ours already?"""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    if _is_free(settings.smtp_host, settings.smtp_port):
        return Finding("Port for mail", f"{where} is free")
    if b"Huiliu" in await _greeting(settings.smtp_host, settings.smtp_port):
        return Finding("Port for mail", f"{where} is held by a Huiliu that runs")
    return _taken("Port for mail", where, "HUILIU_SMTP_PORT")


async def _greeting(host: str, port: int) -> bytes:
    """What a server says first; nothing when it waits for us."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            with contextlib.closing(writer):
                return await reader.readline()
    except (OSError, TimeoutError):
        return b""


def _taken(about: str, where: str, variable: str) -> Finding:
    return Finding(about, f"{where} is used by another program", f"Stop that program, or choose another {variable}.")


def require_free(host: str, port: int) -> None:
    """Raise OSError when somebody uses this port."""
    if not _is_free(host, port):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), f"{host}:{port}")


def _is_free(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError:
        return False
    return True


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())
