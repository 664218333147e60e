"""A session that a message centre has let us into."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.sms.session import Dialect, Pace, Session, open_session
from channels.sms.smpp.codec import HEADER, OK, Command, Credentials, answer, bare, bind, read_pdu, refuse_command
from channels.sms.smpp.config import TLS, SmppConfig
from channels.sms.smpp.errors import bind_error_of
from conversations.errors import ProviderUnavailable, UnknownOutcome

_NEWS = frozenset((Command.DELIVER_SM, Command.DATA_SM))
_ANSWERED = frozenset((Command.ENQUIRE_LINK, Command.UNBIND))


@asynccontextmanager
async def bound(config: SmppConfig) -> AsyncIterator[Session]:
    """A session as transceiver, for as long as the block lasts.

    Raises `ProviderUnavailable` if there is nobody, `Misconfigured` if we are not let in.
    """
    tls = ssl.create_default_context() if config.tls == TLS else None
    async with open_session(config.host, int(config.port), _DIALECT, _pace(config), tls=tls) as session:
        await _bind(session, config)
        yield session


async def _bind(session: Session, config: SmppConfig) -> None:
    who = Credentials(system_id=config.system_id, password=config.password, system_type=config.system_type)
    try:
        frame = await session.ask(lambda number: bind(Command.BIND_TRANSCEIVER, who, number))
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


def _is_farewell(frame: bytes) -> bool:
    return read_pdu(frame).command == Command.UNBIND


_DIALECT = Dialect(
    header=HEADER,
    keep_alive=lambda number: bare(Command.ENQUIRE_LINK, number),
    farewell=lambda number: bare(Command.UNBIND, number),
    routine=_routine,
    is_farewell=_is_farewell,
)
