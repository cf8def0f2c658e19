"""Questions in a terminal by plain lines: a text, yes or no, or one of many by its number or its first letters."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from mabgraph.graph.building.choosing import Choice, narrow
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.visible import escape_invisible

#: The most choices that are listed at once.
SHOWN: Final = 12
#: What is answered to leave a value out, and to write a new one.
NONE, NEW = "-", "+"


class Ended(Exception):
    """Raised when no more lines come: the end of the input, or Ctrl-D."""


class Screen:
    """Prints lines and reads answers; nothing needs colours, the size of a terminal, or single keys."""

    def __init__(self) -> None:
        """Use standard output and standard input.

        :raises MabgraphError: when there is no standard input.
        """
        if sys.stdin is None or sys.stdin.closed:
            raise MabgraphError("no standard input to read answers from: run it in a terminal, or give it a file of answers")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)

    @property
    def is_plain(self) -> bool:
        """Whether neither colours nor bold characters are shown."""
        return self._console.no_color or self._console.color_system is None

    def say(self, line: str | Text = "") -> None:
        """Print a line, wrapped where the terminal is narrower."""
        text = Text(escape_invisible(line)) if isinstance(line, str) else line
        self._console.print(text, soft_wrap=not self._console.is_terminal)

    def ask(self, question: str) -> str:
        """Return the answer to ``question``, without white space around it and without invisible characters.

        :raises Ended: when there is none.
        """
        try:
            return escape_invisible(input(f"{question} > ")).strip()
        except EOFError:
            self.say()
            raise Ended from None

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes; anything else than yes or no is asked again.

        :raises Ended: when there is none.
        """
        while True:
            answer = self.ask(f"{question} (y or n)").lower()
            if answer in {"y", "yes", "n", "no", ""}:
                return answer in {"y", "yes"}
            self.say(f"{answer!r} is neither y nor n")

    def pick(
        self, what: str, choices: Sequence[Choice], typed: str = "", *, can_be_new: bool = False, can_be_none: bool = True
    ) -> str | None:
        """Return the name of the choice that is picked, :data:`NONE`, :data:`NEW`, or None if none is.

        Choices are picked by number, or by their whole name; letters narrow the list.

        :raises Ended: when the input ends first.
        """
        if (typed == NONE and can_be_none) or (typed == NEW and can_be_new):
            return typed
        listed = list(choices)
        if (number := self._number_of(typed, listed)) is not None:
            return listed[number].name
        listed = narrow(choices, typed)
        while True:
            exact = [choice for choice in choices if typed and typed in {choice.name, choice.label}]
            if len(exact) == 1:
                return exact[0].name
            if typed and not listed:
                self.say(f"nothing of the {len(choices)} is like {typed!r}; all of them:")
                listed = list(choices)
            self._list(listed)
            ways = [f"1-{min(SHOWN, len(listed))}"] if listed else []
            ways += ["letters to narrow", *([f"{NONE} for none"] if can_be_none else []), *([f"{NEW} for a new one"] if can_be_new else [])]
            typed = self.ask(f"{what}: {', '.join(ways)}, Enter to leave it")
            if not typed:
                return None
            if (typed == NONE and can_be_none) or (typed == NEW and can_be_new):
                return typed
            if (number := self._number_of(typed, listed)) is not None:
                return listed[number].name
            listed = narrow(choices, typed)

    @staticmethod
    def _number_of(typed: str, listed: Sequence[Choice]) -> int | None:
        """Return the place (from 0) that a typed number means in the list that is shown; None where it is none of it."""
        is_number = typed.isascii() and typed.isdigit() and len(typed) < 4
        return int(typed) - 1 if is_number and 1 <= int(typed) <= min(SHOWN, len(listed)) else None

    def _list(self, listed: Sequence[Choice]) -> None:
        for number, choice in enumerate(listed[:SHOWN], 1):
            label = f" ({choice.label})" if choice.label.lower().replace(" ", "-") != choice.name.lower() else ""
            self.say(f"  {number} {choice.name}{label}")
        if len(listed) > SHOWN:
            self.say(f"  and {len(listed) - SHOWN} more: type letters to narrow")
