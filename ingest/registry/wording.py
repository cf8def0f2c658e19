"""Wording: which of two groups the words of an analysis say is compared with the other.

Words settle it where they put one group against the other and name the estimate, or name the reference. What was planned, tested for,
stratified by or negated settles nothing, nor does a result in words ("longer in A than in B", "10 in A versus 14 in B").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from .labelling import AGAINST, AGAINST_PAIRS, BESIDE, GENERIC, OF_DIFFERENCE, OF_RATIO, label_words, labels_in, marks_of

#: The name of the estimate, without which a description does not speak of it: a word such as "risk" or "change" is no name of one.
_RATIO: Final = re.compile(r"\b(?:[Rr]atios?|[Rr]elative [Rr]isk|RELATIVE RISK|RATIO|HR|OR|RR)\b")
_RATIO_OF: Final = re.compile(r"(?i)\bratios?\b(?: \([A-Z]+\))? (?:of|for|is|was)\b")
_DIFFERENCE: Final = re.compile(r"\b(?:[Dd]ifferences?|DIFFERENCE|RD)\b")
_RATIO_NAMES: Final = {
    "hazard-ratio": re.compile(r"\bHRs?\b|(?i:\bhazard\b)"), "odds-ratio": re.compile(r"\bORs?\b|(?i:\bodds\b)"),
    "risk-ratio": re.compile(r"\bRRs?\b|(?i:\brisk ratios?\b|\brelative risk\b)"), "rate-ratio": re.compile(r"(?i)\brate ratios?\b"),
}  # fmt: skip
#: Sentences about what was tested or planned, or about the estimate turned round, and what follows words of adjustment, settle nothing.
_ASIDE: Final = re.compile(
    r"(?i)\b(?:reciprocal|invers\w+|invert\w*|revers\w+|flipped|swapped|switch\w*|1/(?:hr|or|rr)|power(?:ed)?|detect\w*|assum\w+|hypothes\w+|"
    r"sample size|planned|to test|test(?:s|ed|ing)? (?:for|of|whether|if)|if|whether|would|should|strat(?:um|a)|sequences?)\b"
)
#: What a ratio or a difference on one side of nothing means: of these only "favours", "advantage" and the like settle a direction.
_MEANS: Final = re.compile(
    r"(?i)(?:[<>≤≥]|\b(?:less|lower|smaller|greater|more|higher|larger) than|\b(?:below|above|under|over|exceeding))\s*(?:or equal to\s*)?"
    r"(?:0|1|one|unity|zero)(?:\.0*)?(?![\d.])|"
    r"\b(?:positive|negative) (?:\w+ )?(?:values?|differences?|estimates?|numbers?|scores?|changes?)\b"
)
#: A result in words says which group did better, and not which way the number is.
_RESULT: Final = frozenset(
    "longer shorter better worse higher lower greater smaller larger fewer more less superior superiority inferior improved prolonged "
    "reduced increased decreased favor favors favored favour favours favoured benefit benefits benefited advantage".split()
)
_NEGATIONS: Final = frozenset({"not", "no", "nor", "neither", "never", "without", "rather", "instead", "except", "cannot", "than"})
#: What a comment on the estimate may be about beside it; the direction of those is not that of the estimate.
_BESIDE_ESTIMATE: Final = re.compile(r"(?i)\bp[- ]?values?\b|\bconfidence\b|\bCI\b|\blimits?\b|\bbounds?\b")
_ESTIMATE: Final = re.compile(r"(?i)\bestimate[sd]?\b")
#: Numbers of patients beside a group, and units of doses: neither is a result.
_PATIENTS: Final = re.compile(r"[(\[]\s*[nN]\s*=\s*\d+\s*[)\]]")
_DOSES: Final = frozenset("mg mcg µg ug g kg ml iu u gy mbq gbq day days week weeks month months cycle cycles year years".split())
_ADJUSTED: Final = re.compile(
    r"(?i)\b(?:(?:stratified|adjusted|adjusting|controlling|accounting) (?:by|for|on)|stratification|covariates?)\b"
)
#: Words by which an estimate may be of other patients, or of the contrary of what its table counts.
_OTHER: Final = re.compile(
    r"(?i)\b(?:sub-?groups?|subsets?|sub-?population|per[- ]protocol|sensitivity|reciprocal|invers\w+|landmark|non-?respon\w+|fail\w*|"
    r"without|lack|not (?:achiev|respon|reach|hav)\w*|censor\w* at cross-?over)\b"
)
_PART: Final = re.compile(r"(?i)\b(?:sub-?groups?|subsets?|sub-?populations?)\b(?! anal)")
CONTRARY: Final = re.compile(r"(?i)\b(?:no|not|non\w*|never|without|fail\w*|lack|loss|absence|free|alive|surviv\w+)\b")
#: Where a sentence ends: not behind "vs." and not within "1.5".
_SENTENCES: Final = re.compile(r"(?<=[a-z0-9)\]])(?<!\bvs)(?<!\bv)[.;]\s+|\n")
#: Words that may stand between a group and "reference"; after it, "reference range" and the like name no group.
_BEFORE_REFERENCE: Final = frozenset(
    "( [ the a as is was being used served serving serves taken set considered chosen group arm treatment therapy".split()
)
_AFTER_REFERENCE: Final = frozenset(": = ( [ , - – the is was being group arm category treatment level".split())
_NO_REFERENCE: Final = frozenset({"range", "ranges", "value", "values", "standard", "standards", "date", "day"})
#: Longer texts and sentences (characters) settle nothing: what one of a thousand characters says is not to be told by its signs.
_MOST, _LONGEST = 20_000, 1_000
_NOT: Final = re.compile(r"(?i)\b(?:not|no|neither|nor|cannot|without)\b|n't\b")
#: Time to a harm: a hazard below one is better for the group in the numerator.
HARM: Final = re.compile(r"(?i)\b(?:survival|deaths?|mortality|progression|relapse|recurrence)\b")
BENEFIT: Final = re.compile(r"(?i)\b(?:response|responders?|remission|improvement|achiev\w+)\b")
_FAVOURS: Final = re.compile(
    r"(?i)(?P<side><|>|less than|below|lower than|smaller than|greater than|more than|above|higher than)\s*1(?:\.0*)?(?![\d.])[^.;]*?"
    r"(?P<word>favou?r\w*|better|advantage|benefit\w*|"
    r"(?P<risk>lower|reduced|decreased|higher|increased|greater) (?P<event>risk|hazard|odds))"
)
_LOWER: Final = frozenset({"lower", "reduced", "decreased"})
#: What a ratio is one of, in words: of the group with the lower risk a hazard ratio is below 1, whatever the event.
_RISK_OF: Final = {"hazard-ratio": {"risk", "hazard"}, "odds-ratio": {"odds"}, "risk-ratio": {"risk"}}
_BELOW: Final = frozenset({"<", "less than", "below", "lower than", "smaller than"})


def by_words(titles: tuple[str, str], comments: Iterable[str], descriptions: Iterable[str], title: str, measure: str) -> int | None:
    """Return the index of the group that the words of an analysis say is compared, or none.

    ``comments`` are about the estimate; ``descriptions`` are about the analysis, and count only where they name a measure.

    >>> by_words(("Placebo", "Drug A 300 mg"), ["Drug A vs. Placebo"], [], "Response", "risk-difference")
    1
    >>> by_words(("Placebo", "Drug A"), [], ["A comparison of Drug A vs. Placebo"], "Response", "risk-difference") is None
    True
    """
    marks = marks_of(titles)
    settled: set[int] = set()
    for text, is_comment in [*((each, True) for each in comments), *((each, False) for each in descriptions)]:
        for sentence in _SENTENCES.split(text[:_MOST]):
            if len(sentence) > _LONGEST or _ASIDE.search(sentence):
                continue
            tokens = label_words(_ADJUSTED.split(_PATIENTS.sub(" ", sentence))[0], titles, marks)
            is_ratio = measure.endswith("ratio")
            names_it = bool((_RATIO if is_ratio else _DIFFERENCE).search(sentence) or (is_comment and _ESTIMATE.search(sentence)))
            speaks_of_it = names_it or (is_comment and not _BESIDE_ESTIMATE.search(sentence))
            if (
                speaks_of_it
                and not _names_another(sentence, measure)
                and not _MEANS.search(sentence)
                and not _RESULT.intersection(map(str, tokens))
            ):
                signs = AGAINST - (OF_DIFFERENCE if is_ratio else OF_RATIO)
                settled |= _against(tokens, signs | {"to"} if is_ratio and _RATIO_OF.search(sentence) else signs)
            if not _NOT.search(sentence):
                settled |= {1 - label for label in _references(tokens)}
            settled |= _favoured_groups(sentence, titles, marks, title, measure)
    return settled.pop() if len(settled) == 1 else None


def _names_another(sentence: str, measure: str) -> bool:
    """Whether a sentence names another kind of ratio than that of ``measure``."""
    own = _RATIO_NAMES.get(measure)
    others = (words for each, words in _RATIO_NAMES.items() if each != measure)
    return not (own and own.search(sentence)) and any(words.search(sentence) for words in others)


def is_of_part(texts: Iterable[str]) -> bool:
    """Whether the texts of an analysis say that its estimate is of some of the patients.

    >>> is_of_part(["In the subgroup with CD20"]), is_of_part(["Stratified Cox model"])
    (True, False)
    """
    return any(_PART.search(text) for text in texts)


def is_of_table(texts: Iterable[str]) -> bool:
    """Whether nothing in the texts of an analysis says that its estimate is of other patients than its table, or of the contrary.

    >>> is_of_table(["Stratified Cox model"]), is_of_table(["In the per-protocol set"]), is_of_table(["Odds of non-response"])
    (True, False, False)
    """
    return not any(_OTHER.search(text) for text in texts)


def _references(tokens: Sequence[str | int]) -> set[int]:
    """Return the index of the group that is called the reference: it stands beside the word."""
    settled = set[int]()
    for place, word in enumerate(tokens):
        if word != "reference" or (place + 1 < len(tokens) and tokens[place + 1] in _NO_REFERENCE):
            continue
        before = next((each for each in reversed(tokens[:place]) if each not in _BEFORE_REFERENCE), None)
        after = next((each for each in tokens[place + 1 :] if each not in _AFTER_REFERENCE), None)
        beside = labels_in([each for each in (before, after) if each is not None])
        settled |= beside if len(beside) == 1 else set()
    return settled


def _against(tokens: list[str | int], signs: frozenset[str]) -> set[int]:
    """Return the indexes of groups that stand before a sign or word of comparison with the other group after it.

    ``signs`` are those of the measure: a ratio is not "A - B", and a difference is not "A/B".
    """
    settled = set[int]()
    for place, word in enumerate(tokens):
        after = place + 1
        if (word, tokens[after] if after < len(tokens) else "") in AGAINST_PAIRS:
            after += 1
        elif word not in signs:
            continue
        if tokens[after : after + 1] == ["."]:
            after += 1
        is_beside = word in BESIDE or word == "to"
        before_labels = _nearest(reversed(tokens[:place]), "(", is_beside=is_beside)
        after_labels = _nearest(_before_comma(tokens[after:]), ")", is_beside=is_beside)
        if before_labels is None or after_labels is None or before_labels == after_labels:
            continue
        first = max(index for index, each in enumerate(tokens[:place]) if each == before_labels)
        last = min(index for index, each in enumerate(tokens) if index >= after and each == after_labels)
        window = tokens[max(0, first - 3) : last]
        if not _NEGATIONS.intersection(map(str, window)) and not (_shows_value(tokens[:place]) and _shows_value(tokens[after:])):
            settled.add(before_labels)
    return settled


def _shows_value(tokens: Sequence[str | int]) -> bool:
    """Whether a number that is no dose or time stands among the words beside a sign of comparison: "10.0 % in A versus 14.0 % in B"."""
    words = ["", *map(str, (each if isinstance(each, str) else "" for each in tokens)), "", "", ""]
    for place, word in enumerate(words[:-3]):
        is_first = word.isdigit() and words[place - 1] != "."
        after = words[place + 3] if words[place + 1] == "." else words[place + 1]
        if is_first and words[place - 1] not in _DOSES and after not in _DOSES:
            return True
    return False


def _before_comma(tokens: Sequence[str | int]) -> Sequence[str | int]:
    return tokens[: tokens.index(",")] if "," in tokens else tokens


def _nearest(tokens: Iterable[str | int], end: str, *, is_beside: bool) -> int | None:
    """Return the one group that is named within a few words, up to a bracket ``end``; none where both are.

    Of a group that ``is_beside`` the sign of comparison only its dose and words such as "group" may stand between.
    """
    labels: list[int] = []
    for number, word in enumerate(tokens):
        if number > 9 or word in {".", ";", ":", end, "relative", "compared"} or word in AGAINST - {"-", "/", "–"}:
            break
        if isinstance(word, int):
            labels.append(word)
        elif is_beside and not labels and not (word in GENERIC or word.isdigit() or word in {"(", ")", "[", "]"}):
            break
    return labels[0] if len(set(labels)) == 1 else None


def _before_comparison(tokens: Sequence[str | int]) -> Sequence[str | int]:
    """Return the words before the first one that puts one group against another."""
    end = next(
        (place for place, each in enumerate(tokens) if each in {"vs", "versus", "over", "than", "compared", "relative"}), len(tokens)
    )
    return tokens[:end]


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
    before = labels_in(label_words(match.group(), titles, marks))
    after = labels_in(_before_comparison(label_words(sentence[match.end() :], titles, marks)))
    if match["word"].casefold() == "better" and (before or re.match(r"\s*than\b", sentence[match.end() :])):
        labels = before  # "A better than B"
    else:
        labels = set[int]() if before else after
    harm, benefit = bool(HARM.search(title)), bool(BENEFIT.search(title))
    if len(labels) != 1:
        return set()
    is_below = match["side"].casefold() in _BELOW
    favoured = labels.pop()
    if match["risk"]:
        is_lower = match["risk"].casefold() in _LOWER
        return ({favoured if is_below == is_lower else 1 - favoured}) if match["event"].casefold() in _RISK_OF.get(measure, ()) else set()
    if harm == benefit or (benefit if measure == "hazard-ratio" else bool(CONTRARY.search(title))):
        return set()
    return {favoured if is_below == harm else 1 - favoured}
