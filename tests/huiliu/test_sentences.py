"""What is not our fault is said in a sentence."""

import errno
import os

import pytest

from huiliu.sentences import OS_SENTENCES, SENTENCES, sentence_for
from runtime.settings import SettingsInvalid
from tests.support.commands import CommandLine


def test_every_expected_error_becomes_a_sentence() -> None:
    made = [SettingsInvalid(["X"]) if hasattr(kind, "problems") else kind(["X"]) for kind in SENTENCES]
    assert [sentence_for(error) for error in made if not sentence_for(error)] == []


@pytest.mark.parametrize("number", OS_SENTENCES)
def test_what_the_system_refuses_names_the_thing(number: int) -> None:
    said = sentence_for(OSError(number, os.strerror(number), "/srv/huiliu"))
    assert said is not None
    assert said.startswith(f"/srv/huiliu: {os.strerror(number)}")


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    assert sentence_for(KeyError("x")) is None
    assert sentence_for(OSError(errno.EIO, "broken")) is None


def test_all_settings_that_are_wrong_are_named_at_once(on_sqlite: CommandLine) -> None:
    said = on_sqlite.elsewhere(HUILIU_PORT="many", HUILIU_PRT="1").refused("user", "list")
    assert "HUILIU_PORT: must be a port" in said
    assert "HUILIU_PRT: unknown setting; did you mean HUILIU_PORT?" in said


def test_a_database_that_is_away(on_sqlite: CommandLine, unused_tcp_port: int) -> None:
    away = on_sqlite.elsewhere(HUILIU_DATABASE_URL=f"postgresql://127.0.0.1:{unused_tcp_port}/huiliu")
    assert "HUILIU_DATABASE_URL" in away.refused("user", "list")


@pytest.mark.parametrize("command", ["gateway", "worker", "schedule"])
def test_processes_that_run_apart_need_a_redis_they_share(on_sqlite: CommandLine, command: str) -> None:
    assert "HUILIU_REDIS_URL is not set" in on_sqlite.refused(command)
