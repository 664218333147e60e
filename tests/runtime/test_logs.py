"""Log lines: what stands in them, and what never does."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runtime import logs
from runtime.logs import JsonFormatter, TextFormatter, tracing
from runtime.redaction import Redactor
from runtime.settings import Settings

Line = Callable[[], Any]


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO, redactor: Redactor) -> Iterator[logging.Logger]:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(redactor))
    logger = logging.getLogger("exchange.intake")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


@pytest.fixture
def last_line(stream: io.StringIO) -> Line:
    return lambda: json.loads(stream.getvalue().splitlines()[-1])


def test_a_line_is_one_json_object(logger: logging.Logger, last_line: Line) -> None:
    logger.warning("Refused a request of %s", "店铺", extra={"status": 403})
    line = last_line()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "exchange.intake",
        "message": "Refused a request of 店铺",
        "status": 403,
    }


def test_the_trace_is_in_each_line_written_inside_it(logger: logging.Logger, last_line: Line) -> None:
    with tracing("0198f0c2"):
        logger.info("stored")
        assert last_line()["trace"] == "0198f0c2"
    logger.info("idle")
    assert "trace" not in last_line()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        # a mainland mobile number, alone and in E.164
        ("call 13800138000 back", "call 138****8000 back"),
        ("tel:+8613800138000", "tel:+86*******8000"),
        ("打给13800138000。", "打给138****8000。"),
        # an identity card (made up, with a right check character)
        ("11010519491231002X", "110***********002X"),
        # a bank card: the test number of a card scheme passes the check digit, its neighbour does not
        ("card 4111111111111111", "card 411*********1111"),
        ("order 4111111111111112", "order 4111111111111112"),
        ("from li.ming@example.com", "from l***@example.com"),
        ("GET /cgi-bin/x?access_token=72_abc&type=image", "GET /cgi-bin/x?access_token=***&type=image"),
        ("/webhooks/1?signature=ab12&timestamp=1763700000", "/webhooks/1?signature=***&timestamp=1763700000"),
        ("?secret=s3cr3t", "?secret=***"),
        ('{"app_secret": "s3cr3t", "errcode": 0}', '{"app_secret": "***", "errcode": 0}'),
        ("Authorization: Bearer eyJhbGci.x.y", "Authorization: Bearer ***"),
        ("postgresql://huiliu:s3cr3t@db/huiliu", "postgresql://huiliu:***@db/huiliu"),
        ("the basic idea", "the basic idea"),
        ("message 0198f0c2a1b27c3d9e4f138001380001", "message 0198f0c2a1b27c3d9e4f138001380001"),
        ("took 0.13800138000 s at 1763700000123", "took 0.13800138000 s at 1763700000123"),
    ],
)
def test_secrets_and_personal_data_are_masked(said: str, written: str, logger: logging.Logger, last_line: Line) -> None:
    logger.info(said)
    assert last_line()["message"] == written
    logger.info("said %s", said)
    assert last_line()["message"] == f"said {written}"
    logger.info("said", extra={"text": said})
    assert last_line()["text"] == written


def test_exceptions_are_masked_too(logger: logging.Logger, last_line: Line) -> None:
    try:
        raise ValueError("no such number: 13800138000")
    except ValueError:
        logger.exception("failed")
    assert last_line()["exception"].endswith("ValueError: no such number: 138****8000")


def test_a_registered_secret_never_shows(logger: logging.Logger, redactor: Redactor, last_line: Line) -> None:
    redactor.hide(["hunter2-and-more", "hunter2"])
    logger.info("the key %s opens, hunter2-and-more too", "hunter2")
    assert last_line()["message"] == "the key *** opens, *** too"


def test_the_text_form_is_for_people(redactor: Redactor) -> None:
    record = logging.makeLogRecord({"levelname": "INFO", "msg": "stored %d", "args": (3,), "account": "shop"})
    with tracing("0198f0c2"):
        line = TextFormatter(redactor).format(record)
    assert line[8:] == " INFO    stored 3  trace=0198f0c2  account=shop"


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level


def test_configure_follows_the_settings(root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    key = "k3y" * 12
    logs.configure(
        Settings.from_env(
            {"HUILIU_LOG_FORMAT": "json", "HUILIU_LOG_LEVEL": "warning", "HUILIU_SECRET_KEY": key},
        )
    )
    logging.getLogger("x").info("too chatty")
    logging.getLogger("x").warning("the key is %s", key)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "the key is ***"
