"""The sessions that a message centre has let us into."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from channels.sms.session import Dialect, Pace, Session, open_session
from channels.sms.smpp.codec import (
    HEADER,
    OK,
    WRONG_BIND,
    Command,
    Credentials,
    answer,
    bare,
    bind,
    read_pdu,
    refuse_command,
)
from channels.sms.smpp.config import TLS, TRANSCEIVER, SmppConfig
from channels.sms.smpp.errors import bind_error_of
from conversations.errors import ProviderUnavailable, UnknownOutcome

_NEWS = frozenset((Command.DELIVER_SM, Command.DATA_SM))
_ANSWERED = frozenset((Command.ENQUIRE_LINK, Command.UNBIND))


@dataclass(frozen=True)
class Line:
    """What we hold with a centre: the session that sends and the one that hears, which may be the same."""

    sending: Session
    hearing: Session


@asynccontextmanager
async def bound(config: SmppConfig) -> AsyncIterator[Line]:
    """A line for as long as the block lasts. Whoever hears is told when either of its sessions ends.

    Raises `ProviderUnavailable` if there is nobody, `Misconfigured` if we are not let in.
    """
    if config.bind_mode == TRANSCEIVER:
        async with _bound(config, Command.BIND_TRANSCEIVER, _DIALECT) as both:
            yield Line(both, both)
        return
    async with (
        _bound(config, Command.BIND_TRANSMITTER, _DEAF) as sending,
        _bound(config, Command.BIND_RECEIVER, _DIALECT) as hearing,
    ):
        hearing.end_with(sending)
        yield Line(sending, hearing)


@asynccontextmanager
async def _bound(config: SmppConfig, bind_as: Command, dialect: Dialect) -> AsyncIterator[Session]:
    tls = ssl.create_default_context() if config.tls == TLS else None
    async with open_session(config.host, int(config.port), dialect, _pace(config), tls=tls) as session:
        await _bind(session, config, bind_as)
        yield session


async def _bind(session: Session, config: SmppConfig, bind_as: Command) -> None:
    who = Credentials(system_id=config.system_id, password=config.password, system_type=config.system_type)
    try:
        frame = await session.ask(lambda number: bind(bind_as, who, number))
    except UnknownOutcome as error:
        raise ProviderUnavailable(f"The login was not answered: {error}") from None
    status = read_pdu(frame).status
    if status != OK:
        raise bind_error_of(status)


def _pace(config: SmppConfig) -> Pace:
    return Pace(window=int(config.window), answer=float(config.answer_within), keep_alive=float(config.keep_alive))


def _routine(frame: bytes) -> bytes | None:
    asked = read_pdu(frame)
    if asked.command in _NEWS:
        return None
    if asked.command == Command.ALERT_NOTIFICATION:
        return b""
    return answer(asked) if asked.command in _ANSWERED else refuse_command(asked)


def _routine_of_the_deaf(frame: bytes) -> bytes | None:
    asked = read_pdu(frame)
    return answer(asked, WRONG_BIND) if asked.command in _NEWS else _routine(frame)


def _is_farewell(frame: bytes) -> bool:
    return read_pdu(frame).command == Command.UNBIND


_DIALECT = Dialect(
    header=HEADER,
    keep_alive=lambda number: bare(Command.ENQUIRE_LINK, number),
    farewell=lambda number: bare(Command.UNBIND, number),
    routine=_routine,
    is_farewell=_is_farewell,
)

_DEAF = replace(_DIALECT, routine=_routine_of_the_deaf)
"""Of a transmitter, to which no centre may deliver."""
