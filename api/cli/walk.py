"""The walk through the proposals of a record in a terminal, with plain lines as keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mabgraph.graph.building.choosing import Choices
from mabgraph.graph.building.gating import RowGate
from mabgraph.ingest.documents import DocumentText
from mabgraph.ingest.drafting import passages
from mabgraph.ingest.drafting.correcting import PICKED, TYPED
from mabgraph.ingest.drafting.finishing import next_steps
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.drafting.reviewing import Review, Verdict
from mabgraph.ingest.errors import MabgraphError, RecordError

from . import passage
from .correcting import Corrector
from .picking import Screen

#: The keys that are named with each proposal.
KEYS: Final = "a accept, d decide, c correct, s skip, n next, b back, u undo, l list, h help, q quit"
#: What each key does.
HELP: Final = """\
a            accept: the row goes to results, if it passes what mabgraph check asks of it
d            decide what is undecided, one field after another
c            correct: pick a field and its value; "c group", "c group blin" and "c group 1" go straight there
m            marks: give a number of the quote another role, or none; + marks a further number of the passage
s REASON     skip with a reason; the proposal stays in the file, so that it is not proposed again
n            next, and leave this one as it is
b            back to the one before, skipped ones too
g NUMBER     go to the proposal of this number in the list
o            open again, if it is skipped
u            undo the last decision of this session
l            list all proposals
h            help
q            quit; so do Ctrl-C and Ctrl-D. Every decision is in the record already: run the command again to go on"""


class Walk:
    """A walk through the proposals of one record; ``at`` is the place of the one that is shown, behind the last after the end."""

    def __init__(self, review: Review, gate: RowGate, choices: Choices, text: DocumentText, screen: Screen, skipped: bool) -> None:
        """Walk through ``review`` of the document ``text``; through skipped proposals only if ``skipped``."""
        self.review, self.text, self.screen, self.skipped = review, text, screen, skipped
        self.corrector = Corrector(review, gate, choices, screen, text.text)
        self.at, self.accepted, self.is_over = self._next_from(0), 0, False
        self.keys: dict[str, Callable[[str], None]] = {
            "a": self.accept, "d": self.decide, "c": self.correct, "m": self.mark, "s": self.skip, "n": self.go_on, "b": self.go_back,
            "g": self.go_to, "o": self.reopen, "u": self.undo, "l": self.list, "h": self.help, "?": self.help, "q": self.quit,
        }  # fmt: skip
        self.words = {
            "accept": "a", "decide": "d", "correct": "c", "marks": "m", "mark": "m", "skip": "s", "next": "n", "back": "b", "go": "g",
            "open": "o", "undo": "u", "list": "l", "help": "h", "quit": "q", "exit": "q",
        }  # fmt: skip

    @property
    def proposal(self) -> Proposal:
        """The proposal that is shown.

        :raises RecordError: behind the last one.
        """
        if self.at >= len(self.review.proposals):
            raise RecordError("there is no proposal here: b goes back, u takes the last decision back, q quits")
        return self.review.proposals[self.at]

    def run(self) -> None:
        """Show one proposal after another and do what is asked, until the end."""
        self.screen.say(f"{self.text.id}: {self._counts()}. Every decision is written at once; h lists the keys.")
        shown: Proposal | None = None
        while not self.is_over:
            self._refresh(shown)
            current = self.review.proposals[self.at] if self.at < len(self.review.proposals) else None
            if current is None:
                self.screen.say("That was the last proposal. b goes back, u takes the last decision back, q quits.")
            elif current != shown:
                self.show(current, again=shown is not None and shown.start == current.start and shown.row.printed == current.row.printed)
            shown = current
            typed = self.screen.ask("b, u, l, q" if current is None else KEYS)
            word, _, rest = typed.partition(" ")
            key = self.words.get(word.lower(), word.lower())
            if key not in self.keys:
                self.screen.say(f"{word!r} is no key: {KEYS}" if word else f"type a key and Enter: {KEYS}")
                continue
            try:
                self.keys[key](rest.strip())
            except MabgraphError as error:
                for line in str(error).splitlines():
                    self.screen.say(line)
                self._keep_place(current)
            if self.review.has_changed:
                self._say_changed()

    def _refresh(self, shown: Proposal | None) -> None:
        """Read the file again if another program has changed it since, and stay at the proposal that is shown."""
        before = self.review.proposals
        try:
            if self.review.refresh():
                self._say_changed()
                self._keep_place(shown if self.at < len(before) and before[self.at] == shown else None)
        except MabgraphError as error:
            self.screen.say(f"{error}: correct it there; nothing is written until it can be read")

    def _say_changed(self) -> None:
        self.screen.say(f"{self.review.path}: was changed by another program: it was read again, and nothing of it is lost")
        self.review.has_changed = False

    def show(self, proposal: Proposal, *, again: bool = False) -> None:
        """Print a proposal: its sentence, if it is not shown ``again``, its numbers, its fields, and what speaks against it."""
        say = self.screen.say
        origin = f", proposed by {proposal.origin}" if proposal.origin else ""
        say()
        say(f"{self.at + 1} of {len(self.review.proposals)}: {proposal.id}, {proposal.state}{origin}")
        if proposal.reason:
            say(f"  {'skipped because' if proposal.state == 'skipped' else 'note'}: {proposal.reason}")
        for line in () if again else passage.show_passage(proposal, self.text.text, plain=self.screen.is_plain):
            say(line)
        say(f"  numbers: {passages.name_marks(passages.marks_of(proposal)) or 'none is marked'}")
        for field in (*PICKED, *TYPED[1:]):
            value = getattr(proposal.row, field)
            if value:
                say(f"  {field}: {', '.join(value) if isinstance(value, tuple) else value}")
        self._say_verdict(self.review.judge(proposal))

    def _say_verdict(self, verdict: Verdict) -> None:
        for fault in verdict.faults:
            self.screen.say(f"  to decide: {fault}")
        for doubt in verdict.doubts:
            self.screen.say(f"  to look at: {doubt}")

    def accept(self, _: str) -> None:
        """Accept the row, with doubts only if the curator says that it is printed so."""
        proposal = self.proposal
        verdict = self.review.accept(proposal)
        if verdict.faults:
            self.screen.say("not accepted, it stays open:")
            self._say_verdict(verdict)
            return
        if verdict.doubts:
            self._say_verdict(verdict)
            if not self.screen.confirm("accept it all the same, as it is printed?"):
                return
            again = self.review.accept(proposal, seen=verdict.doubts)
            if again.faults or not set(again.doubts) <= set(verdict.doubts):
                self.screen.say("not accepted, since the record has changed meanwhile:")
                self._say_verdict(again)
                return
        self.accepted += 1
        self.screen.say(f"{proposal.id}: accepted")
        self.at = self._next_from(self.at)

    def skip(self, reason: str) -> None:
        """Skip the proposal with a reason."""
        proposal = self.proposal
        reason = reason or self.screen.ask("reason, in a few words")
        self.review.skip(proposal, reason)
        self.screen.say(f"{proposal.id}: skipped")
        self.at = self._next_from(self.at + 1)

    def reopen(self, _: str) -> None:
        """Open a skipped proposal again."""
        if self.proposal.state != "skipped":
            raise RecordError(f"{self.proposal.id} is not skipped")
        self.review.reopen(self.proposal)

    def decide(self, _: str) -> None:
        """Decide what is undecided."""
        self.corrector.decide(self.proposal)

    def correct(self, rest: str) -> None:
        """Give a field another value."""
        self.corrector.correct(self.proposal, rest)

    def mark(self, _: str) -> None:
        """Give a marked number another role, or none."""
        self.corrector.mark(self.proposal)

    def go_on(self, _: str) -> None:
        """Go to the next proposal that is not skipped."""
        self.at = self._next_from(min(self.at, len(self.review.proposals) - 1) + 1)

    def go_back(self, _: str) -> None:
        """Go to the proposal before."""
        if self.at <= 0 or not self.review.proposals:
            raise RecordError("this is the first proposal")
        self.at = min(self.at, len(self.review.proposals)) - 1

    def go_to(self, number: str) -> None:
        """Go to the proposal of a number."""
        last = len(self.review.proposals)
        if not (number.isascii() and number.isdigit() and len(number) < 9 and 1 <= int(number) <= last):
            raise RecordError(f"{number!r} is no number from 1 to {last}: l lists the proposals")
        self.at = int(number) - 1

    def undo(self, _: str) -> None:
        """Take the last decision back, and go to where it was made."""
        before = self.review.proposals
        words = self.review.undo()
        self.accepted -= words.endswith(" accepted")
        self.screen.say(f"undone: {words}")
        changed = [index for index, each in enumerate(self.review.proposals) if each not in before]
        self.at = changed[0] if changed else min(self.at, len(self.review.proposals))

    def list(self, _: str) -> None:
        """Print a line for each proposal."""
        for number, each in enumerate(self.review.proposals, 1):
            here = ">" if number == self.at + 1 else " "
            reason = f": {each.reason}" if each.reason else ""
            self.screen.say(f"{here} {number} {each.state} {each.id}{reason}")

    def help(self, _: str) -> None:
        """Print the keys."""
        for line in HELP.splitlines():
            self.screen.say(line)

    def quit(self, _: str) -> None:
        """End the walk."""
        self.is_over = True

    def sum_up(self) -> None:
        """Print what is left, and what is to be done next."""
        self.screen.say(f"{self.text.id}: {self._counts()}; accepted in this session: {self.accepted}")
        for line in next_steps(self.review, self.text.path.parent):
            self.screen.say(line)

    def _next_from(self, place: int) -> int:
        """Return the place of the first proposal from ``place`` on that is to be walked through, or that behind the last."""
        proposals = self.review.proposals
        return next((at for at in range(place, len(proposals)) if self.skipped or proposals[at].state != "skipped"), len(proposals))

    def _keep_place(self, proposal: Proposal | None) -> None:
        """Stay at the proposal that is shown where the file has it at another place now, or at the one that has taken its place."""
        proposals = self.review.proposals
        if proposal in proposals:
            self.at = proposals.index(proposal)
        self.at = min(self.at, len(proposals))

    def _counts(self) -> str:
        counts = {state: self.review.count(state) for state in ("ready", "open", "skipped")}
        rows = self.review.file.data.get("results")
        return f"proposals: {', '.join(f'{count} {state}' for state, count in counts.items())}; rows of the record: {len(rows or ())}"
