"""Analyses: which ones of a record a value can be by, where no words name one."""

from __future__ import annotations

import re
from typing import Final

from .naming import ORDINARY
from .outline import AnalysisOutline, Outline
from .vocabulary import Vocabulary

#: Measures by the methods that give them; any other measure comes from no such method.
_METHODS: Final = {
    "kaplan-meier": frozenset({"median", "survival-probability"}), "cox": frozenset({"hazard-ratio"}),
    "logistic": frozenset({"odds-ratio"}),
}  # fmt: skip
#: Words of a sentence that may make a value one of another analysis than the record has.
_OTHER: Final = re.compile(
    r"(?i)\b(?:per[- ]protocol|as[- ]treated|evaluable|sensitivity|adjust\w*|unadjusted|multivaria\w+|univaria\w+|crude|match\w*|propensity"
    r"|landmark|censor\w*|post[- ]hoc|exploratory|subgroups?|interim|updated?|cut-?off|independent|investigator|stratified)\b"
)
#: Adverse events are counted among those who were treated; what is measured before is of a baseline.
_KINDS: Final = {
    "adverse-events": re.compile(r"advers|safety|treated|toxicit"), "study-conduct": re.compile(r"follow|exposure|conduct"),
    "baseline-characteristics": re.compile(r"baseline|characteristic|demograph"),
}  # fmt: skip


class Possible:
    """Says which analyses a value can be by: none that its measure, its end point or the words of its sentence exclude."""

    def __init__(self, vocabulary: Vocabulary, outline: Outline) -> None:
        self._kinds, self._analyses = vocabulary.kinds, outline.analyses
        self._named = {
            local: frozenset(
                each
                for match in vocabulary.variables.find(analysis.words) if analysis.words[match.start : match.end] not in ORDINARY
                for each in match.ids
            )
            for local, analysis in outline.analyses.items()
        }  # fmt: skip

    def find(self, variable: str, measure: str | None, sentence: str) -> list[str]:
        """Return the analyses that a value of ``variable`` by ``measure`` can be by; none where ``sentence`` may speak of another."""
        if measure is None or _OTHER.search(sentence):
            return []
        return [local for local, analysis in self._analyses.items() if self._can_be(local, analysis, variable, measure)]

    def _can_be(self, local: str, analysis: AnalysisOutline, variable: str, measure: str) -> bool:
        methods = next((measures for method, measures in _METHODS.items() if method in analysis.method), None)
        kind = _KINDS.get(self._kinds.get(variable, ""))
        if analysis.is_cited or (methods is not None and measure not in methods):
            return False
        if kind is not None and not kind.search(f"{analysis.words} {analysis.population}"):
            return False
        return not self._named[local] or variable in self._named[local]
