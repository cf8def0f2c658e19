"""The results section of an invented registry record: flow, baseline, outcomes with analyses, adverse events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from .registrywords import COUNTED, MEASURED, SURVIVAL, Json, invent_sentences, invent_word

_ORGANS: Final = (
    "Blood and lymphatic system disorders",
    "Cardiac disorders",
    "Gastrointestinal disorders",
    "Infections and infestations",
    "Investigations",
    "Nervous system disorders",
    "Vascular disorders",
)
_EVENTS: Final = (
    "Nausea",
    "Neutropenia",
    "Fatigue",
    "Pyrexia",
    "Headache",
    "Anaemia",
    "Diarrhoea",
    "Pneumonia",
    "Cough",
    "Rash",
    "Thrombocytopenia",
)
_WHY_NONE: Final = ("Median was not reached.", "Not estimable because of few events.", "Not evaluated in this group.", "")


def invent_results(random: Random, labels: Sequence[str], sizes: Sequence[int], *, faulty: bool) -> Json:
    """Return the results section of groups of these ``sizes``."""
    outcomes = [
        _outcome(random, labels, sizes, rank, faulty=faulty)
        for rank in ("PRIMARY", *["SECONDARY"] * min(60, int(random.expovariate(0.06))))
    ]
    return {
        "participantFlowModule": _flow(random, labels, sizes),
        "baselineCharacteristicsModule": _baseline(random, labels, sizes),
        "outcomeMeasuresModule": {"outcomeMeasures": outcomes},
        "adverseEventsModule": _adverse(random, labels, sizes),
        "moreInfoModule": {"limitationsAndCaveats": {"description": invent_sentences(random, 8, 30)}} if random.random() < 0.15 else {},
    }


def _groups(prefix: str, labels: Sequence[str]) -> list[Json]:
    return [{"id": f"{prefix}{place:03}", "title": label, "description": f"Participants of {label}"} for place, label in enumerate(labels)]


def _denominators(prefix: str, sizes: Sequence[int]) -> list[Json]:
    return [
        {"units": "Participants", "counts": [{"groupId": f"{prefix}{place:03}", "value": str(size)} for place, size in enumerate(sizes)]}
    ]


def _flow(random: Random, labels: Sequence[str], sizes: Sequence[int]) -> Json:
    left = [random.randint(0, size) for size in sizes]
    done = [size - gone for size, gone in zip(sizes, left, strict=True)]

    def cells(numbers: Sequence[int]) -> list[Json]:
        return [{"groupId": f"FG{place:03}", "numSubjects": str(number)} for place, number in enumerate(numbers)]

    rows = (("STARTED", sizes), ("COMPLETED", done), ("NOT COMPLETED", left))
    period = {
        "title": "Overall Study",
        "milestones": [{"type": name, "achievements": cells(numbers)} for name, numbers in rows],
        "dropWithdraws": [{"type": "Withdrawal by Subject", "reasons": cells(left)}],
    }
    return {"groups": _groups("FG", labels), "periods": [period]}


def _baseline(random: Random, labels: Sequence[str], sizes: Sequence[int]) -> Json:
    """Return age and sex, and some more, with a column for the whole study where there are several groups."""
    columns, totals = list(labels), list(sizes)
    if len(labels) > 1:
        columns, totals = [*columns, "Total"], [*totals, sum(sizes)]
    women = [random.randint(0, size) for size in sizes]
    women += [sum(women)] if len(labels) > 1 else []
    ages = [
        {"groupId": f"BG{place:03}", "value": f"{random.gauss(60, 6):.1f}", "spread": f"{random.uniform(6, 14):.2f}"}
        for place in range(len(columns))
    ]
    measures = [
        {
            "title": "Age, Continuous",
            "paramType": "MEAN",
            "dispersionType": "STANDARD_DEVIATION",
            "unitOfMeasure": "years",
            "classes": [{"categories": [{"measurements": ages}]}],
        }
    ]
    for title, names in (
        ("Sex: Female, Male", ("Female", "Male")),
        *[(f"{invent_word(random, ('',)).capitalize()} status", ("Yes", "No")) for _ in range(random.randint(1, 4))],
    ):
        numbers = (women, [size - several for size, several in zip(totals, women, strict=True)])
        categories = [{"title": name, "measurements": _counts("BG", of)} for name, of in zip(names, numbers, strict=True)]
        measures.append(
            {"title": title, "paramType": "COUNT_OF_PARTICIPANTS", "unitOfMeasure": "Participants", "classes": [{"categories": categories}]}
        )
    return {"groups": _groups("BG", columns), "denoms": _denominators("BG", totals), "measures": measures}


def _counts(prefix: str, numbers: Sequence[int]) -> list[Json]:
    return [{"groupId": f"{prefix}{place:03}", "value": str(number)} for place, number in enumerate(numbers)]


def _outcome(random: Random, labels: Sequence[str], sizes: Sequence[int], rank: str, *, faulty: bool) -> Json:
    """Return a table of results of one of four kinds, with an analysis where there are two groups."""
    kind, exact = random.randrange(4), random.random() < 0.3
    title = random.choice((SURVIVAL, COUNTED, MEASURED, MEASURED)[kind])
    table: Json = {
        "type": rank,
        "title": title if exact else f"{title} {invent_sentences(random, 1, 6)}",
        "description": invent_sentences(random, 10, 60),
        "populationDescription": "All randomized participants.",
        "reportingStatus": "POSTED",
        "timeFrame": f"Up to {random.randint(1, 60)} months",
    }
    if random.random() < 0.06:
        return table
    cells, form = _cells(random, kind, sizes, faulty=faulty)
    if random.random() < 0.15:
        cells[-1] = {"groupId": cells[-1]["groupId"], "value": "NA", "comment": random.choice(_WHY_NONE)}
    classes: list[Json] = [{"categories": [{"measurements": cells}]}]
    if kind > 1 and random.random() < 0.3:
        classes = [
            {"title": f"Week {week}", "categories": [{"measurements": _cells(random, kind, sizes, faulty=False)[0]}]}
            for week in range(1, random.randint(3, 9))
        ]
    table |= form | {"groups": _groups("OG", labels), "denoms": _denominators("OG", sizes), "classes": classes}
    if len(labels) == 2 and random.random() < 0.4:
        table["analyses"] = [_analysis(random, labels, kind)]
    return table


def _cells(random: Random, kind: int, sizes: Sequence[int], *, faulty: bool) -> tuple[list[Json], Json]:
    """Return a cell for each group, and the kind of the table: medians with limits, counts, means with a spread, or numbers."""
    if kind == 0:
        form: Json = {"paramType": "MEDIAN", "dispersionType": "95% Confidence Interval", "unitOfMeasure": "months"}
        values = [random.lognormvariate(2.5, 0.6) for _ in sizes]
        limits = [{"lowerLimit": f"{value * (1.4 if faulty else 0.7):.1f}", "upperLimit": f"{value * 1.5:.1f}"} for value in values]
        return [{"groupId": f"OG{place:03}", "value": f"{value:.1f}", **limits[place]} for place, value in enumerate(values)], form
    if kind == 1:
        form = {"paramType": "COUNT_OF_PARTICIPANTS", "unitOfMeasure": "Participants"}
        return _counts("OG", [random.randint(0, size) + (2 * size if faulty else 0) for size in sizes]), form
    if kind == 2:
        form = {"paramType": "MEAN", "dispersionType": "Standard Deviation", "unitOfMeasure": "score on a scale"}
        spreads = [{"value": f"{random.gauss(20, 8):.2f}", "spread": f"{random.uniform(1, 9):.3f}"} for _ in sizes]
        return [{"groupId": f"OG{place:03}", **spread} for place, spread in enumerate(spreads)], form
    return _counts("OG", [random.randint(1, 400) for _ in sizes]), {"paramType": "NUMBER", "unitOfMeasure": "ng/mL"}


def _analysis(random: Random, labels: Sequence[str], kind: int) -> Json:
    """Return an analysis of two groups: a hazard ratio, a difference, or a P value alone."""
    tested: Json = {
        "groupIds": ["OG000", "OG001"],
        "nonInferiorityType": "SUPERIORITY",
        "statisticalMethod": random.choice(("Log Rank", "ANCOVA", "Fisher Exact", "Regression, Cox")),
    }
    logarithm, error = random.gauss(-0.25, 0.3), random.uniform(0.08, 0.3)
    p_value = math.erfc(abs(logarithm) / error / math.sqrt(2))
    tested["pValue"] = "<0.001" if p_value < 0.001 else f"{p_value:.3f}"
    if kind == 3:
        return tested
    value, lower, upper = (math.exp(logarithm + z * error) for z in (0, -1.96, 1.96))
    if kind:
        value, lower, upper = 10 * logarithm, 10 * (logarithm - 1.96 * error), 10 * (logarithm + 1.96 * error)
    estimate = {
        "paramType": ("Hazard Ratio (HR)", "Risk Difference (RD)", "Mean Difference (Final Values)")[kind],
        "paramValue": f"{value:.2f}",
        "ciPctValue": "95",
        "ciNumSides": "TWO_SIDED",
        "ciLowerLimit": f"{lower:.2f}",
        "ciUpperLimit": f"{upper:.2f}",
    }
    words = {"estimateComment": f"{labels[0]} versus {labels[1]}"} if random.random() < 0.6 else {}
    return tested | estimate | words


def _adverse(random: Random, labels: Sequence[str], sizes: Sequence[int]) -> Json:
    """Return the tables of adverse events: the rows are long-tailed, and have a count and a total for each group."""
    groups = _groups("EG", labels)
    for group, size in zip(groups, sizes, strict=True):
        serious, others, deaths = (random.randint(0, size) for _ in range(3))
        group |= {
            "deathsNumAffected": deaths,
            "deathsNumAtRisk": size,
            "seriousNumAffected": serious,
            "seriousNumAtRisk": size,
            "otherNumAffected": others,
            "otherNumAtRisk": size,
        }

    def rows(most: int) -> Iterator[Json]:
        for place in range(most):
            word = _EVENTS[place] if place < len(_EVENTS) else invent_word(random, ("algia", "emia", "itis")).capitalize()
            affected = [random.randint(0, size // 3) for size in sizes]
            stats = [
                {"groupId": f"EG{at:03}", "numEvents": of + random.randint(0, 5), "numAffected": of, "numAtRisk": size}
                for at, (of, size) in enumerate(zip(affected, sizes, strict=True))
            ]
            yield {
                "term": word,
                "organSystem": random.choice(_ORGANS),
                "sourceVocabulary": "Invented 1.0",
                "assessmentType": "SYSTEMATIC_ASSESSMENT",
                "stats": stats,
            }

    few, many = min(200, int(random.lognormvariate(2.5, 1.1))), min(200, int(random.lognormvariate(3.0, 1)))
    return {
        "frequencyThreshold": "5",
        "timeFrame": f"Up to {random.randint(1, 60)} months",
        "eventGroups": groups,
        "seriousEvents": list(rows(few)),
        "otherEvents": list(rows(many)),
    }
