"""The wording of a template as its provider registered it: words, and gaps that somebody fills in."""

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.parts import Template


@dataclass(frozen=True)
class Gap:
    """Where the value of a variable goes."""

    variable: str


@dataclass(frozen=True)
class Registered:
    """A template that people can choose: the provider calls it `name`, people call it `title`.

    `once`: each message of it spends a consent that the customer gave.
    """

    name: str
    title: str
    wording: tuple[str | Gap, ...]
    once: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """What must be filled in, each once, in the order in which it is read."""
        return tuple(dict.fromkeys(piece.variable for piece in self.wording if isinstance(piece, Gap)))

    def filled(self, values: Mapping[str, str]) -> Template:
        """The template with these values, and the words that the customer reads. Raises KeyError for a missing one."""
        words = "".join(values[piece.variable] if isinstance(piece, Gap) else piece for piece in self.wording)
        chosen = tuple((variable, values[variable]) for variable in self.variables)
        return Template(name=self.name, words=words, values=chosen, once=self.once)
