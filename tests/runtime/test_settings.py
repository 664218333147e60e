"""Settings: read at once, refused at once, and silent about secrets."""

import ipaddress
import stat
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsInvalid, load_secret_key
from runtime.values import QuietHours


def problems_of(environment: Mapping[str, str]) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_env(environment)
    return caught.value.problems


def test_an_empty_environment_is_a_working_installation_on_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_env({})
    assert settings.data_dir == tmp_path / ".huiliu"
    assert settings.database_url == f"sqlite:///{tmp_path}/.huiliu/huiliu.db"
    assert settings.public_url == "http://127.0.0.1:8400"
    assert settings.quiet_hours == QuietHours(((time(21), time(9)),))
    assert settings.survey_delay == timedelta(minutes=10)


def test_every_problem_is_reported_at_once() -> None:
    assert problems_of({"HUILIU_PORT": "http", "HUILIU_TIME_ZONE": "Mars/Olympus", "HUILIU_LANGUAGE": "fr"}) == [
        "HUILIU_PORT: must be a port from 1 to 65535",
        "HUILIU_TIME_ZONE: must be a name of the IANA list such as Asia/Shanghai",
        "HUILIU_LANGUAGE: must be one of zh-CN, en",
    ]


def test_an_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    assert problems_of({"HUILIU_DATABSE_URL": "sqlite:///x", "HUILIU_ZZZ": "1"}) == [
        "HUILIU_DATABSE_URL: unknown setting; did you mean HUILIU_DATABASE_URL?",
        "HUILIU_ZZZ: unknown setting",
    ]


def test_variables_of_other_programs_are_left_alone() -> None:
    assert Settings.from_env({"PATH": "/bin", "PORT": "x"}).port == 8400


def test_secrets_do_not_show() -> None:
    shown = repr(
        Settings.from_env(
            {
                "HUILIU_DATABASE_URL": "postgresql://huiliu:pa55word@db/huiliu",
                "HUILIU_REDIS_URL": "redis://:pa55word@cache",
                "HUILIU_SECRET_KEY": "pa55word" * 4,
            }
        )
    )
    assert "pa55word" not in shown


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("survey_delay", "90s", timedelta(seconds=90)),
        ("survey_delay", "1h30m", timedelta(minutes=90)),
        ("survey_delay", "0s", timedelta(0)),
        ("survey_expires", "3d", timedelta(days=3)),
        ("quiet_hours", "", QuietHours()),
        ("quiet_hours", "21:30-08:00, 12:00-13:30", QuietHours(((time(21, 30), time(8)), (time(12), time(13, 30))))),
        ("webhook_max_bytes", "512 KB", 512 * 1024),
        ("mail_max_bytes", "20mb", 20 * 1024 * 1024),
        ("lmtp_port", "0", 0),
        ("lmtp_port", "8424", 8424),
        ("demo", "yes", True),
        ("demo", "0", False),
        ("public_url", "https://chat.example.com/", "https://chat.example.com"),
        (
            "trusted_proxies",
            "10.0.0.0/8, 192.0.2.7",
            (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("192.0.2.7")),
        ),
    ],
)
def test_values_are_read_as_people_write_them(name: str, text: str, value: object) -> None:
    settings = Settings.from_env({f"HUILIU_{name.upper()}": text})
    assert getattr(settings, name) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("HUILIU_SURVEY_DELAY", ""),
        ("HUILIU_SURVEY_DELAY", "10"),
        ("HUILIU_SURVEY_DELAY", "5m1h"),
        ("HUILIU_QUIET_HOURS", "21:00"),
        ("HUILIU_QUIET_HOURS", "25:00-09:00"),
        ("HUILIU_QUIET_HOURS", "09:00-09:00"),
        ("HUILIU_PORT", "0"),
        ("HUILIU_PORT", "65536"),
        ("HUILIU_DATABASE_URL", "mysql://db/huiliu"),
        ("HUILIU_REDIS_URL", "localhost:6379"),
        ("HUILIU_PUBLIC_URL", "chat.example.com"),
        ("HUILIU_WEBHOOK_MAX_BYTES", "0"),
        ("HUILIU_WEBHOOK_MAX_BYTES", "1 furlong"),
        ("HUILIU_DEMO", "perhaps"),
        ("HUILIU_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("HUILIU_SECRET_KEY", "short"),
        ("HUILIU_TIME_ZONE", "../etc/passwd"),
        ("HUILIU_TIME_ZONE", ""),
        ("HUILIU_LOG_FORMAT", "xml"),
    ],
)
def test_nonsense_is_refused_by_name(variable: str, text: str) -> None:
    (problem,) = problems_of({variable: text})
    assert problem.startswith(f"{variable}: ")


def test_the_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings.from_env({"HUILIU_DATA_DIR": str(tmp_path / "new")})
    made = load_secret_key(settings)
    assert load_secret_key(settings) == made
    assert len(made) >= 32
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((settings.data_dir / "secret.key").stat().st_mode) == 0o600


def test_a_secret_key_from_outside_leaves_no_file(tmp_path: Path) -> None:
    key = "k" * 32
    settings = Settings.from_env({"HUILIU_DATA_DIR": str(tmp_path), "HUILIU_SECRET_KEY": key})
    assert load_secret_key(settings) == key
    assert list(tmp_path.iterdir()) == []
