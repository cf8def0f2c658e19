"""Responses: kinds of response that are part of the overall response, in one group by one analysis.

Of a patient one best response is counted. Papers print the kinds apart, or each with the better ones ("or better"), under the same
words; so numbers are called wrong only where no such reading fits, whatever their rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from .outcomes import CONSISTENT, INCONSISTENT, TINY, Check, Numerals, Range, exact_of, format_range, numerals_of, range_of
from .results import Result

KIND: Final = "responses-against-overall"
OVERALL: Final = "overall-response"
PARTIAL: Final = "partial-response"
STRINGENT: Final = "stringent-complete-response"
COMPLETE: Final = "complete-response"
COMPLETE_OR_BETTER: Final = "complete-response-or-better"
VERY_GOOD: Final = "very-good-partial-response"
VERY_GOOD_OR_BETTER: Final = "very-good-partial-response-or-better"
MINIMAL: Final = "minimal-response"
_NOBODY: Final[Range] = (0.0, 0.0)
#: Those better than a partial response.
_BETTER: Final = (VERY_GOOD_OR_BETTER, VERY_GOOD, COMPLETE_OR_BETTER, COMPLETE, STRINGENT)

#: Shares of each kind of response, in percent.
Shares = Mapping[str, Range]


def check(results: Iterable[Result]) -> Iterator[Check]:
    """Yield whether the kinds of response fit the overall response, for each group and analysis that prints it once."""
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        if (
            result.group
            and result.measure == "proportion"
            and result.variable in {OVERALL, PARTIAL, MINIMAL, *_BETTER}
            and not result.is_masked
        ):
            settings, time = result.settings, numerals_of(result).get("time")
            subject = result.group, settings.analysis, settings.cited_from, settings.unit_of_analysis, time and time.canonical
            groups.setdefault(subject, []).append(result)
    for members in groups.values():
        by_variable = {each.variable: each for each in members}
        if OVERALL in by_variable and len(by_variable) == len(members) > 1 and _is_of_one_total(members):
            yield from _of_group(by_variable)


def _of_group(members: Mapping[str, Result]) -> Iterator[Check]:
    shares = {variable: share for variable, result in members.items() if (share := _share(numerals_of(result))) is not None}
    overall = shares.pop(OVERALL, None)
    if overall is None or not shares:
        return
    outcome, text = _judge(overall, shares)
    ids = tuple(members[variable].id for variable in (OVERALL, *shares))
    yield Check(f"{ids[0]}.{KIND}", KIND, outcome, ids, text)


def _judge(overall: Range, shares: Shares) -> tuple[str, str]:
    """Return whether the overall response can hold the kinds, and, where all kinds are printed, whether it can be made up of them."""
    above = next((variable for variable, share in shares.items() if variable != MINIMAL and share[0] > overall[1] + TINY), None)
    if above:
        return INCONSISTENT, f"{format_range(shares[above])} % are in {above.replace('-', ' ')}, {format_range(overall)} % in any response"
    better = [shares[variable] for variable in _BETTER if variable in shares]
    partial = shares.get(PARTIAL)
    if partial is None or not better or partial[1] >= overall[0] - TINY:  # a partial response or better, by its words
        return CONSISTENT, "no kind of response is above the overall response"
    least = partial[0] + max(share[0] for share in better)
    if least > overall[1] + TINY:
        return INCONSISTENT, f"partial and better responses are {least:.3g} % at least; {format_range(overall)} % is the overall response"
    sums = list(_sums(partial, shares))
    if sums and not any(low <= overall[1] + TINY and overall[0] <= high + TINY for low, high in sums):
        printed = ", ".join(dict.fromkeys(format_range(each) for each in sums))
        return INCONSISTENT, f"the kinds of response add up to {printed} %; {format_range(overall)} % is the overall response"
    return CONSISTENT, "the kinds of response fit the overall response"


def _sums(partial: Range, shares: Shares) -> Iterator[Range]:
    """Yield what the kinds can add up to, each alone or with the better ones; nothing where a kind is not printed."""
    very_good, complete = shares.get(VERY_GOOD), shares.get(COMPLETE_OR_BETTER) or shares.get(COMPLETE)
    if very_good is None or complete is None or not {STRINGENT, COMPLETE_OR_BETTER} & shares.keys():
        return
    stringent, minimal = shares.get(STRINGENT, _NOBODY), shares.get(MINIMAL, _NOBODY)
    for kinds in ((partial, very_good), (partial, very_good, complete), (partial, very_good, complete, stringent)):
        yield from (_add(kinds), _add((*kinds, minimal)))  # some papers count minimal responses as responses


def _add(shares: Iterable[Range]) -> Range:
    several = list(shares)
    return sum(low for low, _ in several), sum(high for _, high in several)


def _is_of_one_total(members: Iterable[Result]) -> bool:
    """Whether no two results print different denominators."""
    totals = {total.number for each in members if (total := numerals_of(each).get("total"))}
    return len(totals) < 2


def _share(stated: Numerals) -> Range | None:
    """Return a share in percent: of its count and total, else as printed, which may have been cut off or rounded twice."""
    count, total = exact_of(stated.get("count")), exact_of(stated.get("total"))
    if count is not None and total:
        return 100 * count / total, 100 * count / total
    printed = range_of(stated.get("percent"))
    if printed is None:
        return None
    slack = (printed[1] - printed[0]) / 2
    return printed[0] - slack, printed[1] + slack
