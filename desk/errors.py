"""Why an action of a person does not happen; the message is shown to them."""


class NotFound(Exception):
    """There is no such thing, or this person may not see it: both look the same from outside."""


class Refused(Exception):
    """The action makes no sense now; the message says why and what to do.

    What differs from time to time stands in `{names}` of the sentence, so that it can be said in another language.
    """

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values


class FirstDo(Refused):
    """Something else has to be done before; `first` names it for screens that lead there."""

    def __init__(self, first: str, message: str) -> None:
        super().__init__(message)
        self.first = first
