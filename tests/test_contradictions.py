"""Contradictions that are computed: an invented record that has each, and near misses that have none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.building import quads
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import checks, nodes, record, recordfile
from mabgraph.ingest.contradictions import Stated
from mabgraph.ingest.schedules import interval
from mabgraph.ingest.sides import SideWriter

HEAD = """
document: {id: d, sha256: %s, characters: 9000, title: Invented, document_kind: primary-report, rights: CC0-1.0}
unit_of_analysis: patients
studies:
  - {id: s, type: ClinicalTrial, label: STUDY, design: single-arm-trial, condition: [multiple-myeloma]}
""" % ("0" * 64)
LIMITS = ("lower-limit", "upper-limit")
GROUPS = """
groups:
  - {id: all, label: All patients}
  - {id: arm, label: Arm, parent: all}
  - {id: other, label: Other arm, parent: all}
  - {id: responding, label: "All patients, responders", parent: all}
comparisons:
  - {id: versus, label: Arm versus other, intervention: arm, comparator: other}
analyses:
  - {id: itt, label: All assigned, population: intention-to-treat}
  - {id: evaluable, label: Evaluable, population: evaluable-patients}
"""


def facts(of: str, *printed: str, unit: str = "patients") -> str:
    """Return facts of a part; each is what is marked."""
    quotes = "".join(f"      - {{quote: '{mark}', at: {100 * number}}}\n" for number, mark in enumerate(printed, 1))
    return f"  - of: {of}\n    unit: {unit}\n    printed:\n{quotes}"


def rates(volume: int, initial: int, increment: int, maximum: int, duration: str) -> str:
    """Return a regimen with the facts of its infusion, and the shortest duration that is printed."""
    marks = (
        f"[{volume}](infusion-volume.quantity)", f"[{initial}](initial-infusion-rate.quantity)",
        f"[{increment}](infusion-rate-increment.quantity)", f"[{maximum}](maximum-infusion-rate.quantity)",
    )  # fmt: skip
    hours = facts("later", f"[{duration}](shortest-infusion-duration.quantity)", unit="hours")
    return "regimens: [{id: later, label: later infusions}]\nfacts:\n" + facts("later", *marks, unit="millilitres") + hours


def response(name: str, percent: str, at: int, **settings: str) -> str:
    """Return a result: the overall response of all patients."""
    kept = {"variable": "overall-response", "group": "all", "analysis": "itt"} | settings
    return f"  - {{id: {name}, measure: proportion, {', '.join(f'{k}: {v}' for k, v in kept.items())}, printed: [{{quote: '{percent}', at: {at}}}]}}\n"


def doses(first: str, second: str, amounts: tuple[int, int] = (16, 16), drugs: tuple[str, str] = ("daratumumab", "daratumumab")) -> str:
    """Return two doses with schedules, the first of a regimen of the study, the second of one that is recommended."""
    (one, other), (drug, second_drug) = amounts, drugs
    return f"""
regimens:
  - id: trial-regimen
    label: in the trial
    doses: [{{id: a, label: last phase, drug: {drug}, unit: milligrams, schedule: "{first}", printed: [{{quote: '[{one}](dose) mg', at: 10}}]}}]
  - id: advised-regimen
    label: advised
    doses: [{{id: b, label: last phase advised, drug: {second_drug}, unit: milligrams, schedule: "{second}", printed: [{{quote: '[{other}](dose) mg', at: 90}}]}}]
groups: [{{id: all, label: All patients, regimen: trial-regimen}}]
"""


def amounts(*printed: str) -> str:
    """Return a regimen with one dose: the quotes that print its amount."""
    quotes = ", ".join(f"{{quote: '{quote}', at: {100 * number}}}" for number, quote in enumerate(printed, 1))
    return f"regimens: [{{id: r, label: trial, doses: [{{id: a, label: dose, drug: daratumumab, unit: milligrams-per-kilogram, printed: [{quotes}]}}]}}]\n"


def premedication(every: str, later: str, amounts: tuple[int, int] = (100, 60)) -> str:
    """Return a regimen with two doses of one drug, each with its schedule."""
    return f"""
regimens:
  - id: before
    label: before infusions
    doses:
      - {{id: a, label: in one place, drug: dexamethasone, unit: milligrams, schedule: "{every}", printed: [{{quote: '[{amounts[0]}](dose) mg', at: 10}}]}}
      - {{id: b, label: in the other, drug: dexamethasone, unit: milligrams, schedule: "{later}", printed: [{{quote: '[{amounts[1]}](dose) mg', at: 90}}]}}
"""


def definitions(*printed: tuple[str, str], variable: str = "complete-remission") -> str:
    """Return definitions of one variable: their words, and what is marked."""
    lines = (
        f"  - {{id: d{number}, variable: {variable}, definition: {words}, printed: [{{quote: '{mark}', at: {100 * number}}}]}}\n"
        for number, (words, mark) in enumerate(printed)
    )
    return "definitions:\n" + "".join(lines)


def remissions(narrow: str, wide: str) -> str:
    """Return two kinds of remission with their limits, which a table adds up."""
    kinds = {"full": ("complete-remission-with-full-recovery", narrow), "partial": ("complete-remission-with-partial-recovery", wide)}
    limits = "".join(
        f"  - {{id: {name}-definition, variable: {variable}, definition: By limits., printed: [{{quote: '{mark}', at: {at}}}]}}\n"
        for at, (name, (variable, mark)) in enumerate(kinds.items(), 700)
    )
    rows = "".join(
        f"  - {{id: {name}, variable: {variable}, group: all, measure: proportion, printed: [{{quote: '[{number}](count) of [90](total)', at: {number}}}]}}\n"
        for name, variable, number in (
            ("full", kinds["full"][0], 30), ("partial", kinds["partial"][0], 10), ("any", "complete-remission-any-recovery", 40),
        )
    )  # fmt: skip
    return f"{GROUPS}definitions:\n{limits}results:\n{rows}sums: [{{id: kinds, parts: [full, partial], whole: any}}]\n"


def percentages(*parts: str) -> str:
    """Return parts of a whole as percentages without counts, of which the record says that they add up to all."""
    variables = ("complete-response", "partial-response", "stable-disease")
    rows = "".join(
        response(f"p{number}", f"[{part}](percent) %", 100 + number, variable=variables[number]) for number, part in enumerate(parts)
    )
    return f"{GROUPS}results:\n{rows}sums: [{{id: kinds, parts: [{', '.join(f'p{n}' for n in range(len(parts)))}]}}]\n"


def bands(*ends: str, names: tuple[str, str] = ("minimum-age", "maximum-age")) -> str:
    """Return two bands, of ages where ``names`` are not others, with their ends, which a table adds up."""
    variables = ("age-eighteen-to-thirty-nine", "age-forty-to-fifty-nine")
    limits = "".join(
        f"  - {{id: b{number}, variable: {variable}, definition: By age., printed: ["
        + f"{{quote: '[{ends[2 * number]}]({names[0]}.quantity)', at: {700 + 40 * number}}}"
        + (f", {{quote: '[{ends[2 * number + 1]}]({names[1]}.quantity)', at: {720 + 40 * number}}}" if ends[2 * number + 1] else "")
        + "]}\n"
        for number, variable in enumerate(variables)
    )
    rows = "".join(
        response(f"p{number}", f"[{40 + number}](count) of [81](total)", 100 + number, variable=variable)
        for number, variable in enumerate(variables)
    )
    return f"{GROUPS}definitions:\n{limits}results:\n{rows}sums: [{{id: ages, parts: [p0, p1]}}]\n"


def claims(*texts: tuple[str, str], kind: str = "recommendation", unit: str = "milligrams") -> str:
    """Return claims about daratumumab and the study: their words, and what is marked."""
    lines = (
        f'  - {{id: c{number}, claim_kind: {kind}, about: ["drug:daratumumab", s], text: "{text}", unit: {unit}, time_unit: hours, '
        f"printed: [{{quote: '{mark}', at: {1000 + 60 * number}}}]}}\n"
        for number, (text, mark) in enumerate(texts)
    )
    return "claims:\n" + "".join(lines)


def transfusions(text: str, count: int, variable: str = "transfusion-received", at: int = 1100) -> str:
    """Return a claim about transfusions, and a count of 124 patients near it."""
    row = response("counted", f"[{count}](count) of [124](total)", at, variable=variable)
    return f"{GROUPS}results:\n{row}{claims((text, 'needed transfusions'), kind='finding')}"


ADVICE = ("Give [100](dose) mg, [650](dose) mg, [25](dose) mg and [10](dose) mg", "Give 100 mg, 650 mg, 25 mg and 10 mg.")


@dataclass(frozen=True)
class Case:
    """A kind of contradiction: a record that has it, what its computation says, and records that are nearly so and have none."""

    name: str
    kind: str
    wrong: str
    says: str
    near: tuple[str, ...]


CASES = (
    Case(
        "printed-twice", "unexplained", f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[27.3](percent) %", 900),
        "27.5 and 27.3",
        (
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[28](percent) %", 900),
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[27.3](percent) %", 900, group="arm"),
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[27.3](percent) %", 900, analysis="evaluable"),
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) % at [6](time)", 50, time_unit="months")
            + response("b", "[27.3](percent) % at [12](time)", 900, time_unit="months"),
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[27.3](percent) %", 900, cited_from="Others"),
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[27.3](percent) %", 900, variable="partial-response"),
            f"{GROUPS}results:\n" + response("a", "[27.5](percent) %", 50) + response("b", "[27.3](percent) %", 900, unit_of_analysis="events"),
        ),
    ),
    Case(
        "infusion", "arithmetic", rates(500, 100, 50, 200, "3.5"), "takes 3.25 hours; 3.5 hours is printed",
        (rates(500, 100, 50, 200, "3.25"), rates(500, 100, 50, 200, "3.3"), rates(500, 100, 50, 200, "approximately 3.5"), rates(500, 100, 50, 50, "3")),
    ),
    Case(
        "scale", "arithmetic",
        "facts:\n" + facts("s", "[0](lowest-point-of-performance-status-scale.quantity)", "[5](highest-point-of-performance-status-scale.quantity)", "[5](performance-status-scale-points.quantity)"),
        "has 6 points; 5 are printed",
        ("facts:\n" + facts("s", "[0](lowest-point-of-performance-status-scale.quantity)", "[4](highest-point-of-performance-status-scale.quantity)", "[5](performance-status-scale-points.quantity)"),),
    ),
    Case(
        "each", "arithmetic", f"{GROUPS}facts:\n" + facts("all", "[32](patients-treated.quantity)", "[three](patients-at-each-dose-level.quantity)"),
        "32 patients are no multiple of 3",
        (
            f"{GROUPS}facts:\n" + facts("all", "[33](patients-treated.quantity)", "[three](patients-at-each-dose-level.quantity)"),
            f"{GROUPS}facts:\n" + facts("all", "[32](patients-treated.quantity)", "[at least three](patients-at-each-dose-level.quantity)"),
        ),
    ),
    Case(
        "cycle", "arithmetic",
        "regimens: [{id: r, label: cycles}]\nfacts:\n" + facts("r", "[6](cycle-length.quantity)", "[4](treatment-duration.quantity)", "[1](treatment-free-interval.quantity)", unit="weeks"),
        "add up to 5; a cycle of 6 is printed",
        ("regimens: [{id: r, label: cycles}]\nfacts:\n" + facts("r", "[6](cycle-length.quantity)", "[4](treatment-duration.quantity)", "[2](treatment-free-interval.quantity)", unit="weeks"),),
    ),
    Case(
        "dates", "arithmetic", "facts:\n" + facts("s", "[January 2014](enrolment-start.date)", "[March 2013](enrolment-end.date)"), "is later than",
        ("facts:\n" + facts("s", "[January 2014](enrolment-start.date)", "[January 4, 2014](enrolment-end.date)"),),
    ),
    Case(
        "ages", "arithmetic", f"{GROUPS}facts:\n" + facts("arm", "[75](minimum-age.quantity)", "[65](maximum-age.quantity)", unit="years"), "above the upper end",
        (f"{GROUPS}facts:\n" + facts("arm", "[65](minimum-age.quantity)", "[75](maximum-age.quantity)", unit="years"),),
    ),
    Case(
        "arms-over-whole", "arithmetic",
        f"{GROUPS}facts:\n" + facts("all", "[100](patients-treated.quantity)") + facts("arm", "[60](patients-treated.quantity)") + facts("other", "[41](patients-treated.quantity)"),
        "60 and 41 patients are more than the 100",
        (
            f"{GROUPS}facts:\n" + facts("all", "[101](patients-treated.quantity)") + facts("arm", "[60](patients-treated.quantity)") + facts("other", "[41](patients-treated.quantity)"),
            f"{GROUPS}facts:\n" + facts("all", "[100](patients-treated.quantity)") + facts("arm", "[60](patients-treated.quantity)") + facts("other", "[41](patients-randomised.quantity)"),
        ),
    ),
    Case(
        "no-whole-number", "arithmetic", f"{GROUPS}facts:\n" + facts("arm", "[24](patients-treated.quantity)") + "results:\n" + response("a", "[54.5](percent) %", 50, group="arm"),
        "no whole number of 24 patients is 54.5 %",
        (
            f"{GROUPS}facts:\n" + facts("arm", "[22](patients-treated.quantity)") + "results:\n" + response("a", "[54.5](percent) %", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("arm", "[24](patients-treated.quantity)") + "results:\n" + response("a", "[54.2](percent) %", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("arm", "[24](patients-treated.quantity)") + "results:\n" + response("a", "[at least 54.5](percent) %", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("all", "[24](patients-treated.quantity)") + "results:\n" + response("a", "[54.5](percent) %", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("arm", "[24](patients-treated.quantity)") + "results:\n"
            + response("a", "[54.5](percent) %", 50, group="arm", unit_of_analysis="blasts"),
            # Cut off (12 of 32 is 37.5 %), rounded twice (12 of 49 is 24.49 %), and of the patients who were assessed.
            f"{GROUPS}facts:\n" + facts("arm", "[32](patients-treated.quantity)") + "results:\n" + response("a", "[37](percent) %", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("arm", "[49](patients-treated.quantity)") + "results:\n" + response("a", "[25](percent) %", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("arm", "[24](patients-treated.quantity)") + facts("other", "[22](patients-assessed.quantity)") + "results:\n"
            + response("a", "[54.5](percent) %", 50, group="arm"),
        ),
    ),
    Case(
        "beyond-group", "arithmetic",
        f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)") + "results:\n" + response("a", "[25](count) of [371](total)", 50, group="arm"),
        "371 patients are more than the 271 of the whole group",
        (
            f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)") + "results:\n" + response("a", "[25](count) of [271](total)", 50, group="arm"),
            f"{GROUPS}facts:\n" + facts("all", "[267](patients-treated.quantity)") + "results:\n" + response("a", "[25](count) of [271](total)", 50, group="all"),
            f"{GROUPS}facts:\n" + facts("arm", "[137](patients-randomised.quantity)") + "results:\n" + response("a", "[25](count) of [271](total)", 50, group="all"),
            f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)", "[400](patients-in-group.quantity)") + "results:\n"
            + response("a", "[25](count) of [371](total)", 50),
            f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)") + "results:\n"
            + response("a", "[25](count) of [371](total)", 50, unit_of_analysis="samples"),
            f"{GROUPS}facts:\n" + facts("arm", "[271](patients-randomised.quantity)") + "results:\n"
            + response("a", "[25](count) of [275](total)", 50, group="arm", analysis="evaluable"),
        ),
    ),
    Case(
        "beyond-group-by-percentage", "arithmetic",
        f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)") + "results:\n" + response("a", "[92](count) ([8](percent) %)", 50),
        "92 patients are 8 % of more than the 271 of the whole group",
        (
            f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)") + "results:\n" + response("a", "[22](count) ([8](percent) %)", 50),
            f"{GROUPS}facts:\n" + facts("all", "[271](patients-randomised.quantity)") + "results:\n" + response("a", "[92](count) ([34](percent) %)", 50),
        ),
    ),
    Case(
        "no-size", "other-population",
        f"{GROUPS}facts:\n" + facts("all", "[143](patients-randomised.quantity)") + "results:\n" + response("a", "[44](count) ([32.9](percent) %)", 50),
        "44 patients are 32.9 % of none of the numbers of patients that are printed",
        (
            f"{GROUPS}facts:\n" + facts("all", "[143](patients-randomised.quantity)") + "results:\n" + response("a", "[47](count) ([32.9](percent) %)", 50),
            f"{GROUPS}facts:\n" + facts("all", "[143](patients-randomised.quantity)") + "results:\n" + response("a", "[47](count) ([32.8](percent) %)", 50),
            f"{GROUPS}facts:\n" + facts("all", "[143](patients-randomised.quantity)", "[134](patients-treated.quantity)") + "results:\n"
            + response("a", "[44](count) ([32.9](percent) %)", 50),
            f"{GROUPS}facts:\n" + facts("all", "[143](patients-randomised.quantity)", "[120](patients-assessed.quantity)") + "results:\n"
            + response("a", "[44](count) ([32.9](percent) %)", 50),
            f"{GROUPS}results:\n" + response("b", "[134](count) of [140](total)", 900, variable="partial-response") + response("a", "[44](count) ([32.9](percent) %)", 50),
        ),
    ),
    Case(
        "responders", "other-population",
        f"{GROUPS}facts:\n" + facts("all", "[98](patients-treated.quantity)") + "results:\n" + response("a", "[71](percent) %", 50)
        + response("b", "[47](count) of [53](total)", 90, group="responding", variable="without-progression"),
        "71 % of 98 patients is 70 to 70 responders; 53 are printed",
        (
            f"{GROUPS}facts:\n" + facts("all", "[98](patients-treated.quantity)") + "results:\n" + response("a", "[71](percent) %", 50)
            + response("b", "[47](count) of [70](total)", 90, group="responding", variable="without-progression"),
        ),
    ),
    Case(
        "other-numbers", "other-definition",
        definitions(("One.", "[5](blast-threshold.quantity) %"), ("Two.", "[10](blast-threshold.quantity) %")), "the blast threshold 5, the other 10",
        (
            definitions(("One.", "[5](blast-threshold.quantity) %"), ("Two.", "[5.0](blast-threshold.quantity) %")),
            definitions(("One.", "[5](blast-threshold.quantity) %"), ("Two.", "[10](assessment-time.quantity) weeks")),
        ),
    ),
    Case(
        "limit-printed-twice", "unexplained",
        "definitions:\n  - {id: d, variable: complete-remission, definition: Few blasts., printed: [{quote: '[5](blast-threshold.quantity) %', at: 10}, {quote: '[9](blast-threshold.quantity) %', at: 90}]}\n",
        "the blast threshold is printed as 5 and as 9",
        tuple(
            f"definitions:\n  - {{id: d, variable: complete-remission, definition: Few blasts., printed: [{{quote: '[5](blast-threshold.quantity) %', at: 10}}, {{quote: '{other}', at: 90}}]}}\n"
            for other in ("[5.0](blast-threshold.quantity) %", "[≤5](blast-threshold.quantity) %", "[9](assessment-time.quantity) weeks")
        ),
    ),
    Case("bands-overlap", "overlapping-categories", bands("18", "40", "40", "59"), "a band ends at 40, the next begins at 40", (bands("18", "39", "40", "59"), bands("<40", "39", "40", "59"))),
    Case(
        "measured-bands-overlap", "overlapping-categories", bands(">5", "<40", "10", "<50", names=LIMITS), "a band ends at 40, the next begins at 10",
        (bands(">5", "<10", "10", "<50", names=LIMITS), bands("5", "10", "10", "50", names=LIMITS), bands("0.0", "9.9", "10.0", "50", names=LIMITS), bands("18", "39", "18", "39")),
    ),
    Case("measured-bands-with-a-gap", "arithmetic", bands(">5", "<10", "13", "<50", names=LIMITS), "a band ends at 10, the next begins at 13", ()),
    Case("bands-with-a-gap", "arithmetic", bands("18", "33", "40", "59"), "a band ends at 33, the next begins at 40", (bands("18", "39", "≥40", ""),)),
    *(
        Case(
            f"no-such-{mark}", "arithmetic", "facts:\n" + facts("s", f"[{wrong}]({mark}.quantity)"), says,
            tuple("facts:\n" + facts("s", f"[{each}]({mark}.quantity)") for each in near),
        )
        for mark, wrong, says, near in (
            ("excluded-grade", "7", "7 is printed, and grades are from 0 to 5", ("0", "5", "≥ 3")),
            ("performance-status-limit", "7", "and the scales of the performance status", ("5", "75", "≥2")),
            ("test-sides", "3", "one side or two", ("1", "2", "two")),
            ("significance-level", "5.05", "a probability is from 0 to 1", ("0.05", "5%", "<0.001")),
            ("randomisation-ratio-comparator", "0", "above zero", ("1", "2")),
            ("diagnosis-year", "3020", "no document is of that year", ("2020", "1899")),
            ("approval-year", "1097", "no document is of that year", ("1997",)),
        )
    ),
    Case(
        "no-such-date", "arithmetic", "facts:\n" + facts("s", "[January 4, 8016](data-cutoff.date)"), "January 4, 8016 is printed, and no document is of that year",
        ("facts:\n" + facts("s", "[January 4, 2016](data-cutoff.date)"),),
    ),
    Case(
        "no-such-grade-in-a-claim", "arithmetic", claims(("Reactions of a high grade.", "grade [8](lowest-grade.quantity) or higher")), "8 is printed, and grades are from 0 to 5",
        (claims(("Reactions of a high grade.", "grade [3](lowest-grade.quantity) or higher")), claims(("Upgraded.", "[8](upgrades.quantity) times")), claims(("Many cases.", "[34,920](cases-per-year.quantity) cases"))),
    ),
    Case(
        "dose-printed-twice", "unexplained", amounts("[16](dose) mg/kg", "[66](dose) mg/kg"), "one dose is printed as 16 and as 66",
        (
            amounts("[16](dose) mg/kg", "[16.0](dose) mg/kg"), amounts("[4](dose)–[24](dose) mg/kg", "[24](dose) mg/kg"),
            amounts("[16](dose) mg/kg", "[8](lower.dose) mg/kg"), amounts("[16](dose) mg/kg", "[66](rate.quantity) ml"), amounts("[16](dose) mg/kg", "[about 16](dose) mg/kg"),
            amounts("[16](dose) mg/kg", "[1136](dose) mg in all"), amounts("[1000](dose) mg", "[100](dose) mg on day 1 and [900](dose) mg on day 2"),
        ),
    ),
    Case(
        "other-setting", "other-definition",
        definitions(("Given in hospital.", "in hospital"), ("Given at any time of the illness.", "of the illness"), variable="treatment-received"),
        "in hospital",
        (
            definitions(("Given in hospital.", "in hospital"), ("During hospitalisation.", "while in hospital"), variable="treatment-received"),
            definitions(("Given in hospital.", "in hospital"), ("Given as plasma.", "as plasma"), variable="treatment-received"),
        ),
    ),
    Case(
        "monthly", "other-schedule", doses("every fourth week", "monthly, until progression"), "every 4 weeks, the other every month",
        (
            doses("every fourth week", "then every fourth week"), doses("every week", "every second week"), doses("every fourth week", "monthly", (16, 8)),
            doses("every fourth week", "monthly", drugs=("daratumumab", "elotuzumab")), doses("every second week", "monthly"),
        ),
    ),
    Case(
        "every-infusion", "other-rule", premedication("before every infusion", "before later infusions"), "100 is for every infusion, that of 60",
        (
            premedication("before the first infusions", "before later infusions"), premedication("before every infusion", "before later infusions", (100, 100)),
            premedication("before every infusion", "optional, before later infusions"),
        ),
    ),
    Case(
        "rule-twice", "other-rule",
        claims((ADVICE[1], ADVICE[0]), (ADVICE[1].replace("100 mg,", "100 mg (60 mg later),"), ADVICE[0].replace("mg,", "mg ([60](dose) mg later),", 1))), "60 mg",
        (
            claims((ADVICE[1], ADVICE[0]), (ADVICE[1], ADVICE[0])),
            claims(("Give 100 mg.", "Give [100](dose) mg"), ("Give 60 mg.", "Give [60](dose) mg")),
            claims((ADVICE[1], ADVICE[0]), (ADVICE[1].replace("100 mg,", "100 mg (60 mg later),"), ADVICE[0].replace("mg,", "mg ([60](dose) mg later),", 1)), kind="finding"),
        ),
    ),
    Case(
        "nested", "overlapping-categories",
        remissions("[>100,000](platelet-threshold.quantity) and [>1000](neutrophil-threshold.quantity)", "[>50,000](platelet-threshold.quantity) and [>500](neutrophil-threshold.quantity)"),
        "full is within partial",
        (
            remissions("[>100,000](platelet-threshold.quantity) and [>1000](neutrophil-threshold.quantity)", "[≤50,000](platelet-threshold.quantity) and [≤500](neutrophil-threshold.quantity)"),
            remissions("[>100,000](platelet-threshold.quantity) and [>500](neutrophil-threshold.quantity)", "[>50,000](platelet-threshold.quantity) and [>1000](neutrophil-threshold.quantity)"),
            remissions("[>100,000](platelet-threshold.quantity) or [>1000](neutrophil-threshold.quantity)", "[>50,000](platelet-threshold.quantity) and [>500](neutrophil-threshold.quantity)"),
        ),
    ),
    Case(
        "over-whole", "arithmetic", percentages("60", "30", "12"), "add up to 102 %, more than 100 %",
        (percentages("60", "30", "11"), percentages("60", "30", "10")),
    ),
    Case(
        "below-total", "arithmetic",
        f"{GROUPS}{definitions(('Several count in each.', '[more than 100](percentage-total.quantity) %'), variable='cancer-type')}results:\n"
        + response("a", "[90.9](percent) %", 50, variable="lymphoid-cancer") + response("b", "[8.4](percent) %", 90, variable="myeloid-cancer"),
        "add up to 99.3 %, which is not more than 100 %",
        (
            f"{GROUPS}{definitions(('Several count in each.', '[more than 100](percentage-total.quantity) %'), variable='cancer-type')}results:\n"
            + response("a", "[90.9](percent) %", 50, variable="lymphoid-cancer") + response("b", "[14.7](percent) %", 90, variable="myeloid-cancer"),
            f"{GROUPS}results:\n" + response("a", "[90.9](percent) %", 50, variable="lymphoid-cancer") + response("b", "[8.4](percent) %", 90, variable="myeloid-cancer"),
        ),
    ),
    Case(
        "letters", "spelling", claims(("One.", "by Dr Papadopoulos"), ("Two.", "by Dr Papadopolous"), kind="finding"), "Papadopolous and as Papadopoulos",
        (
            claims(("One.", "by Dr Papadopoulos"), ("Two.", "by Dr Papadimitriou"), kind="finding"),
            claims(("One.", "The Infusion of it"), ("Two.", "The Infusions of it"), kind="finding"),
            claims(("One.", "by Dr Hansen"), ("Two.", "by Dr Jansen"), kind="finding"),
        ),
    ),
    Case(
        "antibody", "spelling", claims(("One.", "patients on daratumumab"), ("Two.", "patients on daratumomab"), kind="finding"), "daratumomab and as daratumumab",
        (claims(("One.", "patients on daratumumab"), ("Two.", "patients on durvalumab"), kind="finding"),),
    ),
    Case(
        "hyphen", "spelling", claims(("One.", "antigen CD-19 is expressed"), ("Two.", "and to CD19-positive cells"), kind="finding"), "CD-19 and as CD19",
        (
            claims(("One.", "antigen CD-19 is expressed"), ("Two.", "antigen CD20 is expressed"), kind="finding"),
            claims(("One.", "ill with COVID-19 today"), ("Two.", "the COVID19-Convalescent Plasma trial"), kind="finding"),
        ),
    ),
    Case(
        "left-out-word", "spelling",
        claims(("One.", "the Biomedical Advanced Research and Development Authority"), ("Two.", "the Biomedical Research and Development Authority"), kind="finding"),
        "Biomedical Research and Development Authority",
        (claims(("One.", "the Leukemia Research Foundation of Texas"), ("Two.", "the Leukemia Foundation"), kind="finding"),),
    ),
    Case(
        "small-number", "other-wording", transfusions("Only a small number of patients needed transfusions.", 47), "37.9 % of the patients are called",
        (
            transfusions("Only a small number of patients needed transfusions.", 12),
            transfusions("Only a small number of patients needed transfusions.", 47, variable="overall-response"),
            transfusions("Only a small number of patients needed transfusions.", 47, at=8000),
            transfusions("Only a small number of transfusions were needed.", 47),
        ),
    ),
    Case(
        "most", "other-wording", transfusions("Most patients needed transfusions.", 47), '"most patients"',
        (
            transfusions("Most patients needed transfusions.", 80), transfusions("Most transfusions were of platelets.", 47),
            transfusions("Most patients with transfusions completed them.", 47), transfusions("Most patients who had transfusions went on.", 47),
        ),
    ),
    Case(
        "rank", "other-wording",
        claims(("The subgroup analyses were exploratory.", "subgroup analyses"), ("It calls the subgroup analyses secondary.", "of subgroups"), kind="finding"),
        "called exploratory in one place and secondary in the other",
        (
            claims(("The subgroup analyses were exploratory.", "subgroup analyses"), ("It calls the sensitivity analyses secondary.", "of them"), kind="finding"),
            claims(("The subgroup analyses were exploratory.", "subgroup analyses"), ("The subgroup analyses were exploratory.", "of them"), kind="finding"),
        ),
    ),
)  # fmt: skip


def computed(written: str, head: str = HEAD) -> list[tuple[str, str]]:
    """Return the kind and the computation of each contradiction of an invented record."""
    file = recordfile.parse(head + written, Path("d.yaml"))
    typed = record.validate(file)
    stated = nodes.by_name(typed, file)
    return [(each.kind, each.computation) for each in checks.compute(typed, Stated.of(stated), SideWriter(typed, stated))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_contradiction_is_found(case: Case) -> None:
    [(kind, computation)] = computed(case.wrong)
    assert kind == case.kind
    assert case.says in computation


@pytest.mark.parametrize(("written"), [near for case in CASES for near in case.near], ids=[case.name for case in CASES for _ in case.near])
def test_what_has_an_explanation_is_none(written: str) -> None:
    assert computed(written) == []


@pytest.mark.parametrize(
    ("quote", "says"),
    [("a phase [7](quantity) trial", "7 is printed, and the phases of trials are from 0 to 4"), ("a phase [III](quantity) trial", ""), ("in phase 2 at [7](quantity) centres", "")],
)  # fmt: skip
def test_a_trial_is_of_a_phase_that_there_is(quote: str, says: str) -> None:
    head = HEAD.replace("condition: [multiple-myeloma]", f"condition: [multiple-myeloma], printed: [{{quote: '{quote}', at: 10}}]")
    assert [computation for _, computation in computed("", head)] == ([says] if says else [])


CITED = HEAD.replace("rights: CC0-1.0}", "rights: CC0-1.0, printed: [{quote: '[Blood 2016;127:2009-2018](citation)', at: 10}]}")


@pytest.mark.parametrize(
    ("mark", "kind", "is_later"),
    [
        ("[January 4, 2096](data-cutoff.date)", "primary-report", True), ("[January 4, 2018](data-cutoff.date)", "primary-report", False),
        ("[September 2095](enrolment-end.date)", "primary-report", True), ("[September 2095](enrolment-end.date)", "conference-abstract", False),
        ("[September 2095](planned-completion.date)", "primary-report", False), ("[2025](diagnosis-year.quantity)", "review", True),
        ("[January 2027](data-cutoff.date)", "registry-record", False),
    ],
)  # fmt: skip
def test_what_has_happened_is_not_later_than_the_document(mark: str, kind: str, is_later: bool) -> None:
    """By the last year that the document cites for itself; what it may plan is later."""
    computations = computed("facts:\n" + facts("s", mark), CITED.replace("primary-report", kind))
    assert [computation.partition(", and ")[2] for _, computation in computations] == (["the document is of 2018"] if is_later else [])
    assert computed("facts:\n" + facts("s", mark)) == []


def test_a_second_printing_is_no_part_of_what_sets_its_result_against_others() -> None:
    """Described is one number against another result; a third printing of it with other digits is something else, and is told."""
    twice = "[27.5](percent) % and again [29.5](percent) %".split(" and again ")
    printed = f"{GROUPS}results:\n" + response("a", twice[0], 50).replace("at: 50}", f"at: 50}}, {{quote: '{twice[1]}', at: 500}}")
    written = printed + response("b", "[90](percent) %", 900, variable="neutropenia")
    [new] = of_checks(written + discrepancy("[a.percent, b.percent]"))
    assert new["computation"].startswith("The same result is printed as 27.5 and 29.5")
    [known] = of_checks(written + discrepancy("[a.percent]"))
    assert known["id"] == "discrepancy/d.known"


def test_every_module_of_contradictions_has_a_case_of_each_kind() -> None:
    assert {case.kind for case in CASES} == {
        "unexplained", "arithmetic", "other-population", "other-definition", "other-schedule", "other-rule",
        "overlapping-categories", "spelling", "other-wording",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "days"), [("once a week", 7), ("every other week", 14), ("daily", 1), ("every few weeks", None), ("as needed", None)]
)
def test_an_interval_is_read_from_words(text: str, days: float | None) -> None:
    read = interval(text)
    assert (read and read.days) == days


def discrepancy(between: str, subject: str = "STUDY") -> str:
    return f"discrepancies: [{{id: known, discrepancy_kind: unexplained, between: {between}, subject: {subject}, text: they differ.}}]\n"


def of_checks(written: str) -> list[dict[str, Any]]:
    file = recordfile.parse(HEAD + written, Path("d.yaml"))
    typed = record.validate(file)
    return [node for node in checks.check_nodes(typed, nodes.by_name(typed, file)) if str(node["id"]).startswith("discrepancy/")]


def test_what_a_curator_described_keeps_its_words_and_was_computed_too() -> None:
    [new] = of_checks(CASES[0].wrong)
    assert (new["type"], new["origin"], new["disputes"]) == ("Discrepancy", ["computed"], ["estimate/d.a", "estimate/d.b"])
    assert new["label"] == "STUDY, overall response, All patients: the text prints 27.5 %, 27.3 %"
    for between in ("[a.percent, b.percent]", "[a, b]"):
        [known] = of_checks(CASES[0].wrong + discrepancy(between))
        assert known.keys() == {"id", "origin", "computation"}
        assert known["id"] == "discrepancy/d.known"
    for between in ("[a.percent]", "[all, arm]"):
        assert {node["id"] for node in of_checks(CASES[0].wrong + discrepancy(between))} == {new["id"]}, between


def test_contradictions_of_one_kind_in_one_part_have_names_of_their_own() -> None:
    numbers = [
        response(name, f"[{percent}](percent) %", at) for name, percent, at in (("a", "27.5", 50), ("b", "27.3", 900), ("c", "31.0", 1900))
    ]
    new = of_checks(f"{GROUPS}results:\n{''.join(numbers)}")
    assert len({node["id"] for node in new}) == len(new) >= 2


@pytest.mark.parametrize(
    "written",
    [
        "facts:\n"
        + facts("s", f"[{'9' * 41}](patients-treated.quantity)", f"[{'9' * 40}7](lowest-point-of-performance-status-scale.quantity)"),
        rates(10**9, 1, 0, 10**9, "3.5").replace("[0](infusion-rate-increment", "[0.0001](infusion-rate-increment"),
        rates(10**9, 1, 1, 10**9, "3.5"),
    ],
    ids=["long numbers", "small steps", "many steps"],
)
def test_hostile_numbers_end_in_bounded_work(written: str) -> None:
    assert of_checks(written) == []


def test_a_computed_discrepancy_is_valid() -> None:
    """No record of ours has one that no curator described, so one is built here."""
    text = (Path(__file__).parent / "data" / "records" / "example-2020.yaml").read_text("utf-8")
    file = recordfile.parse(text, Path("example-2020.yaml"))
    typed = record.validate(file)
    stated = nodes.by_name(typed, file)
    arm, other = (stated[f"estimate/example-2020.any-response.{group}"] for group in ("examplimab", "standard-care"))
    stated[other["id"]] = other | {"group": arm["group"], "analysis": arm.get("analysis")}
    graph = quads.of_checks(typed, stated)
    names = {str(quad.subject).rstrip(">").rpartition(".")[2] for quad in graph if "/discrepancy/" in str(quad.subject)}
    assert "printed-twice" in names
    assert Shapes(vocabulary.ONTOLOGY / "shapes", quads.of_ontology(vocabulary.ONTOLOGY)).violations(graph) == []


def test_the_documents_have_no_false_alarm(real: Catalogue) -> None:
    """Each computed one was read by a curator too; a new one is either curated, or explained here by a narrower computation."""
    rows = real.page("discrepancies-page", {}, 1000)[0]
    origins = [str(row["origin"]) for row in rows]
    assert origins.count("computed") == 0
    assert origins.count("computed and read") >= 20
    assert origins.count("computed and read") > len(origins) / 2
    assert {str(row["origin"]) for row in real.page("discrepancies-page", {"origin": "computed"}, 1000)[0]} == {"computed and read"}
    assert all((row["computation"] is not None) == ("computed" in str(row["origin"])) for row in rows)
