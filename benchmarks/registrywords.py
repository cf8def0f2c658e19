"""Words and titles of invented registry records."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

Json = dict[str, Any]

#: Titles of outcomes: times to an event, counts, and measurements.
SURVIVAL: Final = ("Overall Survival", "Progression-Free Survival", "Event-Free Survival", "Relapse-Free Survival", "Time to Progression")
COUNTED: Final = ("Overall Response", "Complete Response", "Participants With Dose Limiting Toxicity", "Participants With Serious Events")
MEASURED: Final = (
    "Change From Baseline in Score",
    "Maximum Concentration",
    "Area Under the Curve",
    "Quality of Life Index",
    "Body Weight",
)
_SYLLABLES: Final = ("ba", "cor", "den", "fi", "gal", "ho", "lin", "mer", "no", "pra", "qui", "ros", "sta", "tu", "vel", "xan", "zo")


def invent_word(random: Random, endings: Sequence[str]) -> str:
    """Return an invented word with one of the endings."""
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) + random.choice(endings)


def invent_sentences(random: Random, least: int, most: int) -> str:
    """Return invented sentences of so many words in all, with the Markdown that descriptions have."""
    words = [invent_word(random, ("",)) for _ in range(random.randint(least, most))]
    return " ".join(f"{word}." if place % 12 == 11 else word for place, word in enumerate(words)).capitalize()
