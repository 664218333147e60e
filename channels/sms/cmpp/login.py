"""Being let in by a gateway: both sides prove that they know the secret (CMPP 2.0, 7.4.1)."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.sms.cmpp.codec import HEADER, command_of, decode, encode, number_of
from channels.sms.cmpp.config import CHECKED, VERSIONS, CmppConfig
from channels.sms.cmpp.errors import connect_error
from channels.sms.cmpp.fields import Malformed, Version
from channels.sms.cmpp.messages import (
    ActiveTest,
    ActiveTestResp,
    Connect,
    ConnectResp,
    Deliver,
    Pdu,
    Terminate,
    TerminateResp,
)
from channels.sms.session import Dialect, Pace, Session, open_session
from conversations.errors import Misconfigured, ProviderUnavailable, UnknownOutcome

CHINA = ZoneInfo("Asia/Shanghai")
"""Gateways compare the time with their own, and say nothing of zones."""

STATUS_SIZES = (1, 4)
"""Status has 4 bytes in 3.0, but not every gateway proves it so."""


def connect_request(config: CmppConfig, now: datetime) -> Connect:
    """The CONNECT that proves who we are."""
    stamp = now.astimezone(CHINA).strftime("%m%d%H%M%S")
    return Connect(
        source_addr=config.source_addr,
        authenticator=_md5(config.source_addr.encode(), bytes(9), config.secret.encode(), stamp.encode()),
        version=VERSIONS[config.version],
        timestamp=int(stamp),
    )


def is_proved(answer: ConnectResp, asked: Connect, secret: str) -> bool:
    """Whether the gateway knows the secret too."""
    proofs = (_md5(answer.status.to_bytes(size), asked.authenticator, secret.encode()) for size in STATUS_SIZES)
    return any(hmac.compare_digest(proof, answer.authenticator) for proof in proofs)


@asynccontextmanager
async def logged_in(config: CmppConfig, now: datetime) -> AsyncIterator[Session]:
    """A session with a gateway that let us in, for as long as the block lasts.

    Raises `Misconfigured` or `ProviderUnavailable` with a sentence that says what to repair.
    """
    async with open_session(config.host, int(config.port), _DIALECT, _pace(config)) as session:
        await _log_in(session, config, now)
        yield session


async def _log_in(session: Session, config: CmppConfig, now: datetime) -> None:
    asked = connect_request(config, now)
    try:
        frame = await session.ask(lambda number: encode(asked, number, VERSIONS[config.version]))
    except UnknownOutcome as error:
        raise ProviderUnavailable(f"{error}; see whether the carrier knows this server's IP address") from None
    answer = _read(frame, config)
    if answer.status:
        raise connect_error(answer.status)
    if config.gateway_proof == CHECKED and not is_proved(answer, asked, config.secret):
        raise Misconfigured("The gateway lets us in but knows another secret: compare it, or ignore gateway_proof")


def _read(frame: bytes, config: CmppConfig) -> ConnectResp:
    try:
        answer = decode(frame, VERSIONS[config.version])
    except Malformed:
        answer = None
    if not isinstance(answer, ConnectResp):
        raise Misconfigured(f"The gateway does not answer in CMPP {config.version}: set another version")
    return answer


def _md5(*parts: bytes) -> bytes:
    return hashlib.md5(b"".join(parts), usedforsecurity=False).digest()


def _pace(config: CmppConfig) -> Pace:
    return Pace(window=int(config.window), answer=float(config.answer_within), keep_alive=float(config.keep_alive))


def _routine(frame: bytes) -> bytes | None:
    """News are DELIVERs alone; a command that CMPP has for gateways among themselves gets no answer."""
    command = command_of(frame)
    if command == Deliver.command:
        return None
    answer = _ANSWERS.get(command)
    return encode(answer, number_of(frame), Version.V20) if answer else b""


_ANSWERS: Mapping[int, Pdu] = {ActiveTest.command: ActiveTestResp(), Terminate.command: TerminateResp()}

_DIALECT = Dialect(
    header=HEADER,
    keep_alive=lambda number: encode(ActiveTest(), number, Version.V20),
    farewell=lambda number: encode(Terminate(), number, Version.V20),
    routine=_routine,
    is_farewell=lambda frame: command_of(frame) == Terminate.command,
)
"""What is the same in both versions."""
