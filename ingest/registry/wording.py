"""Wording: which of two groups the words of an analysis say is compared with the other.

Words settle it where they put one group against the other and name the estimate, or name the reference. What was planned, tested for,
stratified by or negated settles nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+]*|[/.;:,<>=()\[\]–-]")
#: Between two groups, the first is compared with the second; of these only where the groups are beside them.
_BESIDE: Final = frozenset({"v", "/", "over", "minus", "-", "–"})
_AGAINST: Final = frozenset({"vs", "versus"}) | _BESIDE
_AGAINST_PAIRS: Final = frozenset(
    {("compared", "to"), ("compared", "with"), ("relative", "to"), ("comparison", "to"), ("comparison", "with")}
)
#: The name of the estimate, without which a description does not speak of it: a word such as "risk" or "change" is no name of one.
_RATIO: Final = re.compile(r"\b(?:[Rr]atios?|[Rr]elative [Rr]isk|RELATIVE RISK|RATIO|HR|OR|RR)\b")
_DIFFERENCE: Final = re.compile(r"\b(?:[Dd]ifferences?|DIFFERENCE|RD)\b")
#: Sentences about what was tested or planned, or about the estimate turned round, and what follows words of adjustment, settle nothing.
_ASIDE: Final = re.compile(
    r"(?i)\b(?:reciprocal|invers\w+|invert\w*|power(?:ed)?|detect\w*|assum\w+|hypothes\w+|sample size|planned|to test|"
    r"test(?:s|ed|ing)? (?:for|of|whether|if))\b"
)
_ADJUSTED: Final = re.compile(
    r"(?i)\b(?:(?:stratified|adjusted|adjusting|controlling|accounting) (?:by|for|on)|stratification|covariates?)\b"
)
#: Words by which an estimate may be of other patients, or of the contrary of what its table counts.
_OTHER: Final = re.compile(
    r"(?i)\b(?:sub-?groups?|subsets?|sub-?population|per[- ]protocol|sensitivity|reciprocal|invers\w+|landmark|non-?respon\w+|fail\w*|"
    r"without|lack|not (?:achiev|respon|reach|hav)\w*|censor\w* at cross-?over)\b"
)
_CONTRARY: Final = re.compile(r"(?i)\b(?:no|not|non|never|without|fail\w*|lack|loss|absence|free|alive|surviv\w+)\b")
#: Where a sentence ends: not behind "vs." and not within "1.5".
_SENTENCES: Final = re.compile(r"(?<=[a-z0-9)\]])(?<!\bvs)(?<!\bv)[.;]\s+|\n")
_REFERENCE: Final = re.compile(
    r"(?i)\b(?:reference (?:group|arm|category|treatment|level)|(?:as|is|was|being) (?:the |a )?reference(?! range| value| standard)|"
    r"reference\s*[:=])"
)
_NOT: Final = re.compile(r"(?i)\b(?:not|no|neither|nor|cannot|without)\b|n't\b")
#: Words that tell no group from another.
_GENERIC: Final = frozenset(
    "a an and arm arms by cohort combination dose for full group groups in mg ml of on or patients participants per plus population qd bid "
    "qw randomised randomized set study subjects the therapy to treated treatment twice weekly with daily once analysis fas itt ii".split()
)
_ALIASES: Final = {"pbo": "placebo", "plc": "placebo"}
#: Time to a harm: a hazard below one is better for the group in the numerator.
HARM: Final = re.compile(r"(?i)\b(?:survival|deaths?|mortality|progression|relapse|recurrence)\b")
BENEFIT: Final = re.compile(r"(?i)\b(?:response|responders?|remission|improvement|achiev\w+)\b")
_FAVOURS: Final = re.compile(
    r"(?i)(?P<side><|>|less than|below|lower than|smaller than|greater than|more than|above|higher than)\s*1(?:\.0*)?(?![\d.])[^.;]*?"
    r"(?P<word>favou?r\w*|better)"
)
_BELOW: Final = frozenset({"<", "less than", "below", "lower than", "smaller than"})


def by_words(titles: tuple[str, str], comments: Iterable[str], descriptions: Iterable[str], title: str, measure: str) -> int | None:
    """Return the index of the group that the words of an analysis say is compared, or none.

    ``comments`` are about the estimate; ``descriptions`` are about the analysis, and count only where they name a measure.

    >>> by_words(("Placebo", "Drug A 300 mg"), ["Drug A vs. Placebo"], [], "Response", "risk-difference")
    1
    >>> by_words(("Placebo", "Drug A"), [], ["A comparison of Drug A vs. Placebo"], "Response", "risk-difference") is None
    True
    """
    marks = _marks_of(titles)
    settled: set[int] = set()
    for text, is_comment in [*((each, True) for each in comments), *((each, False) for each in descriptions)]:
        for sentence in _SENTENCES.split(text):
            if _ASIDE.search(sentence):
                continue
            tokens = _label(_ADJUSTED.split(sentence)[0], titles, marks)
            if is_comment or (_RATIO if measure.endswith("ratio") else _DIFFERENCE).search(sentence):
                settled |= _against(tokens)
            if _REFERENCE.search(sentence) and not _NOT.search(sentence):
                settled |= {1 - label for label in _labels(tokens)} if len(_labels(tokens)) == 1 else set()
            settled |= _favoured_groups(sentence, titles, marks, title, measure)
    return settled.pop() if len(settled) == 1 else None


def is_of_table(texts: Iterable[str]) -> bool:
    """Whether nothing in the texts of an analysis says that its estimate is of other patients than its table, or of the contrary.

    >>> is_of_table(["Stratified Cox model"]), is_of_table(["In the per-protocol set"]), is_of_table(["Odds of non-response"])
    (True, False, False)
    """
    return not any(_OTHER.search(text) for text in texts)


def _words(text: str) -> list[str]:
    return [_ALIASES.get(token.casefold(), token.casefold()) for token in _TOKEN.findall(text)]


def _marks_of(titles: tuple[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that tell each title from the other."""
    sets = [{word for word in _words(title) if word[0].isalnum() and not word.isdigit()} - _GENERIC for title in titles]
    return frozenset(sets[0] - sets[1]), frozenset(sets[1] - sets[0])


def _label(sentence: str, titles: tuple[str, str], marks: tuple[frozenset[str], frozenset[str]]) -> list[str | int]:
    """Return the words of a sentence, each that names a group as the index of the group: whole titles first, the longer one before."""
    words: list[str | int] = list(_words(sentence))
    for index in sorted((0, 1), key=lambda each: -len(titles[each])):
        own = _words(titles[index])
        for start in range(len(words) - len(own) + 1):
            if own and words[start : start + len(own)] == own:
                words[start : start + len(own)] = [index] * len(own)
    return [
        word if isinstance(word, int) else next((index for index in (0, 1) if word in marks[index]), word)
        for word in words
    ]  # fmt: skip


def _labels(tokens: Sequence[str | int]) -> set[int]:
    return {token for token in tokens if isinstance(token, int)}


def _against(tokens: list[str | int]) -> set[int]:
    """Return the indexes of groups that stand before a sign or word of comparison with the other group after it."""
    settled = set[int]()
    for place, token in enumerate(tokens):
        after = place + 1
        if (token, tokens[after] if after < len(tokens) else "") in _AGAINST_PAIRS:
            after += 1
        elif token not in _AGAINST:
            continue
        if tokens[after : after + 1] == ["."]:
            after += 1
        is_beside = token in _BESIDE
        before_labels = _nearest(reversed(tokens[:place]), "(", is_beside=is_beside)
        after_labels = _nearest(_before_comma(tokens[after:]), ")", is_beside=is_beside)
        if before_labels is not None and after_labels is not None and before_labels != after_labels:
            settled.add(before_labels)
    return settled


def _before_comma(tokens: Sequence[str | int]) -> Sequence[str | int]:
    return tokens[: tokens.index(",")] if "," in tokens else tokens


def _nearest(tokens: Iterable[str | int], end: str, *, is_beside: bool) -> int | None:
    """Return the one group that is named within a few words, up to a bracket ``end``; none where both are.

    Of a group that ``is_beside`` the sign of comparison only its dose and words such as "group" may stand between.
    """
    labels: list[int] = []
    for number, token in enumerate(tokens):
        if number > 9 or token in {".", ";", ":", end, "relative", "compared"} or token in _AGAINST - {"-", "/", "–"}:
            break
        if isinstance(token, int):
            labels.append(token)
        elif is_beside and not labels and not (token in _GENERIC or token.isdigit() or token in {"(", ")", "[", "]"}):
            break
    return labels[0] if len(set(labels)) == 1 else None


def _is_ratio_of(measure: str) -> bool:
    """Whether a measure is a ratio of events, of which 1 is no effect."""
    return measure in {"hazard-ratio", "odds-ratio", "risk-ratio", "rate-ratio"}


def _favoured_groups(
    sentence: str, titles: tuple[str, str], marks: tuple[frozenset[str], frozenset[str]], title: str, measure: str
) -> set[int]:
    """Return which group is compared by "a ratio below 1 favours X", where the end point says what is better."""
    match = _FAVOURS.search(sentence)
    if match is None or _NOT.search(sentence) or not _is_ratio_of(measure):
        return set()
    before, after = (_labels(_label(text, titles, marks)) for text in (match.group(), sentence[match.end() :]))
    if match["word"].casefold() == "better" and (before or re.match(r"\s*than\b", sentence[match.end() :])):
        labels = before  # "A better than B"
    else:
        labels = set[int]() if before else after
    harm, benefit = bool(HARM.search(title)), bool(BENEFIT.search(title))
    if len(labels) != 1 or harm == benefit or (benefit if measure == "hazard-ratio" else bool(_CONTRARY.search(title))):
        return set()
    is_below = match["side"].casefold() in _BELOW
    favoured = labels.pop()
    return {favoured if is_below == harm else 1 - favoured}
