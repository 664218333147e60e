"""Logs: one line per fact, with the id that leads from a webhook to its delivery, and without secrets."""

import contextlib
import json
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from runtime.redaction import Redactor
from runtime.settings import Settings

_trace: ContextVar[str] = ContextVar("trace", default="")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def current_trace() -> str:
    """The id of the story that is being told, or nothing."""
    return _trace.get()


@contextlib.contextmanager
def tracing(trace: str) -> Iterator[None]:
    """Give every log line written inside this id."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)


class _Formatter(logging.Formatter):
    """Takes a record apart; every piece of it that came from outside is cleaned."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._clean = redactor.clean

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        trace = {"trace": current_trace()} if current_trace() else {}
        return trace | {name: self._plain(value) for name, value in extra.items()}

    def _plain(self, value: object) -> object:
        return value if isinstance(value, bool | int | float | None) else self._clean(str(value))

    def _traceback(self, record: logging.LogRecord) -> str:
        return self._clean(self.formatException(record.exc_info)) if record.exc_info else ""


class JsonFormatter(_Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._clean(record.getMessage()),
        }
        if traceback := self._traceback(record):
            line["exception"] = traceback
        return json.dumps(self._fields(record) | line, ensure_ascii=False)


class TextFormatter(_Formatter):
    """One readable line, in local time, with the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        clock = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        fields = "".join(f"  {name}={value}" for name, value in self._fields(record).items())
        message = self._clean(record.getMessage()) + fields
        return "\n".join(filter(None, (f"{clock} {record.levelname:<7} {message}", self._traceback(record))))


_FORMATTERS: dict[str, type[_Formatter]] = {"json": JsonFormatter, "text": TextFormatter}

# These tell each request or job at the level at which we tell only what matters.
_CHATTY = ("aiohttp.access", "asyncio", "mail.log", "alembic", "rq.worker", "rq.cron")


def configure(settings: Settings) -> Redactor:
    """Send this process's logs to standard error. Secrets read later are told to the redactor that is returned."""
    redactor = Redactor()
    redactor.hide((settings.secret_key,))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_FORMATTERS[settings.log_format](redactor))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    logging.captureWarnings(True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    return redactor
