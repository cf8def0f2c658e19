"""The exception tree; every message names the thing, the place and the remedy.

MabgraphError
├── RecordError      a record file breaks the format or contradicts itself
├── AnchorError      a document or a quote is not what the record says it is
├── BuildError       a dataset cannot be built, opened or swapped in
├── QuestionError    a question, or a parameter given to it, cannot be used
├── UnknownName      a look-up found nothing, or more than one thing, under a name
└── Unavailable      a request cannot be served now: too many at once, or a limit was exceeded
"""


class MabgraphError(Exception):
    """Raised for anything that a user of mabgraph can correct; the message says how."""


class RecordError(MabgraphError):
    """Raised when a record file breaks the record format or contradicts itself."""


class AnchorError(MabgraphError):
    """Raised when a document, or a quote in it, is not what the record says it is."""


class BuildError(MabgraphError):
    """Raised when a dataset cannot be built, validated, opened or swapped in."""


class QuestionError(MabgraphError):
    """Raised when a question file or a parameter given to a question cannot be used."""


class UnknownName(MabgraphError):
    """Raised when a look-up by name finds nothing, or more than one thing.

    ``near`` holds the nearest known names, best first; ``choices`` the candidates of an ambiguous name.
    """

    def __init__(self, message: str, near: tuple[str, ...] = (), choices: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near
        self.choices = choices


class Unavailable(MabgraphError):
    """Raised when a request cannot be served now: too many at once, or it exceeded a limit of time or memory.

    ``seconds`` is the suggested delay before a retry.
    """

    def __init__(self, message: str, seconds: int = 5) -> None:
        super().__init__(message)
        self.seconds = seconds
