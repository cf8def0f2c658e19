"""Wordings: a label such as "a small number" or "most" for what the same document counts otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing

#: Characters between a label and the number that contradicts it: they stand in one passage.
NEAR: Final = 800


@dataclass(frozen=True, slots=True)
class Label:
    """A word for a share of patients, and the shares (percent) that it can stand for at most."""

    words: re.Pattern[str]
    least: float
    most: float


_PERSONS: Final = "(?:patients|recipients|participants|responders|people|adults)"
#: Words behind which only some patients are meant, of whom the result is no share.
_PARTIAL: Final = r",? (?:with|without|who|whom|whose|in|of|after|before|that|treated|receiving|given)\b"
#: Generous bounds: no reader would call a share beyond them so.
LABELS: Final = tuple(
    Label(re.compile(rf"\b{words} (?:of (?:the |these |all )?)?(?:\w+ )?{_PERSONS}\b(?!{_PARTIAL})"), least, most)
    for words, least, most in (
        (r"(?:only )?(?:a (?:very )?small (?:number|proportion|minority)|(?:very )?few|hardly any)", 0, 25),
        (r"a minority", 0, 50),
        (r"(?:most|(?:the|a) (?:vast |large )?majority|more than half)", 50, 100),
        (r"(?:fewer|less) than half", 0, 50),
        (r"(?:about|approximately|nearly|almost|around) half", 35, 65),
    )
)
_RANK: Final = re.compile(
    r"\b(?P<kind>subgroup|sensitivity|interim) analyses (?:of [\w -]+ )?(?:in [\w -]+ )?(?:were )?"
    r"(?P<rank>primary|secondary|exploratory|post hoc)\b"
)
_STEM: Final = 6
_WORD: Final = re.compile(r"[a-z]{5,}")
#: Words of variables that say nothing of what is counted.
_PLAIN: Final = frozenset(
    {"patients", "received", "grade", "three", "higher", "event", "events", "adverse", "baseline", "therapy", "treatment"}
)


def find(stated: Stated) -> Iterator[Candidate]:
    """Yield each claim whose label for a share of patients is contradicted by a count of the same thing in the same passage."""
    yield from _ranks(stated)
    results = [(node, share) for node in stated.nodes.values() if node["type"] == "ArmResult" and (share := share_of(node)) is not None]
    for claim in stated.nodes.values():
        if claim["type"] != "Claim":
            continue
        text = str(claim["text"]).casefold()
        for label in LABELS:
            match = label.words.search(text)
            if match is None:
                continue
            topic = _clause(text, match)
            for node, share in results:
                if _is_near(claim, node) and _stems(str(node["variable"])) & topic and not label.least <= share <= label.most:
                    yield _candidate(claim, node, match[0], share, stated)
                    break


def _ranks(stated: Stated) -> Iterator[Candidate]:
    """Yield two claims about one study that give one kind of analysis different ranks."""
    claims = [node for node in stated.nodes.values() if node["type"] == "Claim" and node["claimKind"] != "reading-note"]
    ranked = [(claim, match) for claim in claims if (match := _RANK.search(str(claim["text"])))]
    for (one, first), (other, second) in combinations(ranked, 2):
        if first["kind"] == second["kind"] and first["rank"] != second["rank"] and not set(one["about"]).isdisjoint(other["about"]):
            text = f"the {first['kind']} analyses are called {first['rank']} in one place and {second['rank']} in the other"
            local = str(other["id"]).partition(".")[2]
            study = next((label for name in one["about"] if (label := stated.study_of(stated.nodes.get(str(name), {})))), "")
            subject = ", ".join(filter(None, (study, f"{first['kind']} analyses")))
            yield Candidate(f"{local}.rank", "other-wording", subject, text, (Disagreeing(one), Disagreeing(other)))


def share_of(result: Node) -> float | None:
    """Return the share of patients that a result counts (percent), from its count and total, else as printed; none if it has none."""
    if result.get("measure") != "proportion" or result.get("unitOfAnalysis") != "patients":
        return None
    if "count" in result and float(result.get("total", 0)) > 0:
        return 100 * float(result["count"]) / float(result["total"])
    return float(result["percent"]) if "percent" in result else None


def _clause(text: str, match: re.Match[str]) -> frozenset[str]:
    """Return the stems of the clause in which a label stands."""
    start = max(text.rfind(mark, 0, match.start()) for mark in (". ", "; ", ": ")) + 1
    ends = [place for mark in (". ", "; ", ", ") if (place := text.find(mark, match.end())) >= 0]
    return _stems(text[start : min(ends, default=len(text))])


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(text.replace("-", " ")) if word not in _PLAIN)


def _is_near(claim: Node, result: Node) -> bool:
    starts = [
        int(figure["anchoredAt"]["selector"][0]["start"]) for figure in result.get("figure", ()) if figure["role"] in {"count", "percent"}
    ]
    places = [int(target["selector"][0]["start"]) for target in claim["anchoredAt"]]
    return any(abs(start - place) <= NEAR for start in starts for place in places)


def _candidate(claim: Node, result: Node, label: str, share: float, stated: Stated) -> Candidate:
    figures = tuple(figure for figure in result["figure"] if figure["role"] in {"count", "total", "percent"} and "restates" not in figure)
    local = str(claim["id"]).partition(".")[2]
    text = f"{share:.3g} % of the patients are called {label!r}".replace("'", '"')
    return Candidate(
        f"{local}.wording", "other-wording", stated.subject_of(result), text, (Disagreeing(claim), Disagreeing(result, figures))
    )
