"""Settings of an account, as operators type them: every problem is reported at once, secrets never show."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

ConfigType = TypeVar("ConfigType")


class ConfigInvalid(ValueError):
    """An account's settings cannot be used; the message lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class SettingInfo:
    """One setting of a channel, for forms and help."""

    name: str
    help: str
    secret: bool
    required: bool
    default: str
    example: str
    lines: bool


def setting(
    help: str, *, default: str | None = None, secret: bool = False, example: str = "", lines: bool = False
) -> Any:
    """Declare one setting of a channel's `Config`; without a default it is required.

    `example` shows the form where not any text will do; a text may have several `lines`.
    """
    metadata = {"help": help, "secret": secret, "example": example, "lines": lines}
    if default is None:
        return field(metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


def describe(config: type[object]) -> list[SettingInfo]:
    """The settings a channel knows, in the order of its `Config`."""
    return [
        SettingInfo(
            name=each.name,
            help=each.metadata["help"],
            secret=each.metadata["secret"],
            required=each.default is dataclasses.MISSING,
            default="" if each.default is dataclasses.MISSING else str(each.default),
            example=each.metadata["example"],
            lines=each.metadata["lines"],
        )
        for each in dataclasses.fields(config)  # type: ignore[arg-type]  # every Config is a dataclass
    ]


def example_settings(config: type[object]) -> dict[str, str]:
    """Settings as an operator might type them, of an account that exists nowhere."""
    wanted = (info for info in describe(config) if info.required or info.example)
    return {info.name: info.example or info.name for info in wanted}


def number(text: str) -> float:
    """The number in a setting; not a number where it is none, which is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def read_config(config: type[ConfigType], settings: Mapping[str, str]) -> ConfigType:
    """Make a channel's `Config` (a dataclass of strings). Its `problems()`, if any, says what else is wrong."""
    known = {info.name: info for info in describe(config)}
    problems = [f"{name}: unknown setting" for name in settings if name not in known]
    problems += [
        f"{info.name}: missing ({info.help})"
        for info in known.values()
        if info.required and not settings.get(info.name)
    ]
    if problems:
        raise ConfigInvalid(problems)
    made = config(**settings)
    problems = made.problems() if hasattr(made, "problems") else []
    if problems:
        raise ConfigInvalid(problems)
    return made
