"""Invented registry records, to measure with: shapes of ClinicalTrials.gov (API v2), drawn at random; one seed, the same bytes.

About one study in eight has results, and these have some 500 numbers, more than half of them in tables of adverse events; how many
tables, groups and rows a study has goes by long-tailed distributions, as in the registry. Drugs and conditions of the ontology are in
one study of six, by their labels, the first of them far more often than the last; other names are invented syllables. Numbers fit each
other, except in one study of fifty. No text is that of a real record, and no number is one that the registry assigns.

::

    python -m benchmarks.registrystudies studies.zip --studies 10000
"""

from __future__ import annotations

import argparse
import json
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pyoxigraph as ox

from mabgraph.graph.building import quads
from mabgraph.graph.store import vocabulary

from .registryresults import invent_results
from .registrywords import COUNTED, MEASURED, SURVIVAL, Json, invent_sentences, invent_word

SEED: Final = 20
#: The share of studies with results in the registry.
WITH_RESULTS: Final = 0.131
#: The share of studies whose names are those of the ontology.
KNOWN: Final = 1 / 6
#: One study with results in so many has numbers that contradict each other.
FAULTY: Final = 50
#: The first number: the registry has assigned none from here on.
FIRST: Final = 90_000_000

_ENDINGS: Final = ("mab", "nib", "stat", "vir", "cillin", "prazole", "lol", "xaban", "")
_BASE: Final = date(2004, 1, 1)


class RegistryStudies:
    """Invented records over the drugs and conditions of an ontology; each depends on the seed and its number alone."""

    def __init__(self, ontology: Sequence[ox.Quad] | None = None, seed: int = SEED) -> None:
        """Take the labels of drugs and conditions from the quads of the ontology, the shipped one unless another is given."""
        known = quads.of_ontology(vocabulary.ONTOLOGY) if ontology is None else ontology
        self._drugs, self._conditions, self._seed = _labels(known, "Drug"), _labels(known, "Condition"), seed

    def study(self, number: int) -> Json:
        """Return the record with this number, from 0 on."""
        random = Random(f"{self._seed} {number}")
        reported = random.random() < WITH_RESULTS
        known = random.random() < KNOWN
        arms = [f"Arm {letter}" for letter in "ABCDE"[: 1 + min(4, int(random.expovariate(0.6)))]]
        drugs = [_skewed(random, self._drugs) if known else invent_word(random, _ENDINGS).capitalize() for _ in arms]
        labels = [f"{drug} {arm}" for drug, arm in zip(drugs, arms, strict=True)]
        condition = _skewed(random, self._conditions) if known else f"{invent_word(random, ('itis', 'oma', 'osis'))} disease".capitalize()
        study = _protocol(random, number, labels, drugs, condition, reported=reported)
        if not reported:
            return {"protocolSection": study, "hasResults": False}
        size = 10 + int(random.lognormvariate(4, 1))
        results = invent_results(
            random, labels, [max(3, size + random.randint(-3, 3)) for _ in labels], faulty=random.random() < 1 / FAULTY
        )
        return {"protocolSection": study, "resultsSection": results, "hasResults": True}

    def write(self, path: Path, studies: int) -> None:
        """Write so many records to a zip at ``path``, a file each, as the bulk download of the registry has them."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for number in range(studies):
                archive.writestr(f"{nct(number)}.json", json.dumps(self.study(number), ensure_ascii=False))


def nct(number: int) -> str:
    """Return the registration number of a record.

    >>> nct(7)
    'NCT90000007'
    """
    return f"NCT{FIRST + number}"


def _labels(ontology: Sequence[ox.Quad], kind: str) -> list[str]:
    """Return the labels of the instances of a class such as ``Drug``, sorted."""
    prefixes = vocabulary.prefixes()
    a, label, wanted = (ox.NamedNode(each) for each in (f"{prefixes['rdf']}type", f"{prefixes['rdfs']}label", vocabulary.term(kind)))
    things = {quad.subject for quad in ontology if quad.predicate == a and quad.object == wanted}
    texts = {
        quad.object.value for quad in ontology if quad.subject in things and quad.predicate == label and isinstance(quad.object, ox.Literal)
    }
    return sorted(texts)


def _skewed(random: Random, names: Sequence[str]) -> str:
    """Return one of ``names``, the first far more often than the last."""
    return names[int(len(names) * random.random() ** 3)]


def _day(random: Random) -> date:
    return _BASE + timedelta(days=random.randint(0, 7900))


def _protocol(random: Random, number: int, labels: Sequence[str], drugs: Sequence[str], condition: str, *, reported: bool) -> Json:
    """Return the protocol section."""
    begun, parallel = _day(random), len(labels) > 1
    ended = begun + timedelta(days=random.randint(200, 2500))
    actual = "ACTUAL" if reported else random.choice(("ACTUAL", "ESTIMATED"))
    title = f"{drugs[0]} in {condition}: {invent_sentences(random, 3, 12)}"
    return {
        "identificationModule": {
            "nctId": nct(number),
            "orgStudyIdInfo": {"id": f"{invent_word(random, ('',)).upper()}-{random.randint(1, 9999)}"},
            "organization": {"fullName": f"{invent_word(random, ('',)).capitalize()} Institute", "class": "OTHER"},
            "briefTitle": title,
            "officialTitle": f"A Study of {title}",
        },
        "statusModule": {
            "statusVerifiedDate": f"{ended:%Y-%m}",
            "overallStatus": "COMPLETED" if reported else random.choice(("COMPLETED", "RECRUITING", "UNKNOWN", "TERMINATED")),
            "startDateStruct": {"date": f"{begun:%Y-%m}", "type": actual},
            "primaryCompletionDateStruct": {"date": f"{ended:%Y-%m-%d}", "type": actual},
            "completionDateStruct": {"date": f"{ended:%Y-%m-%d}", "type": actual},
            "lastUpdatePostDateStruct": {"date": f"{ended + timedelta(days=90):%Y-%m-%d}", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": f"{invent_word(random, ('',)).capitalize()} University", "class": "OTHER"}},
        "descriptionModule": {"briefSummary": invent_sentences(random, 40, 200), "detailedDescription": invent_sentences(random, 0, 500)},
        "conditionsModule": {"conditions": [condition], "keywords": [invent_word(random, ("",)) for _ in range(random.randint(0, 4))]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": [random.choice(("PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA"))],
            "designInfo": {
                "allocation": "RANDOMIZED" if parallel else "NA",
                "interventionModel": "PARALLEL" if parallel else "SINGLE_GROUP",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {"masking": random.choice(("NONE", "DOUBLE", "QUADRUPLE"))},
            },
            "enrollmentInfo": {"count": 10 + int(random.lognormvariate(4, 1)), "type": actual},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {
                    "label": label,
                    "type": "EXPERIMENTAL" if place == 0 else "ACTIVE_COMPARATOR",
                    "description": invent_sentences(random, 8, 40),
                    "interventionNames": [f"Drug: {drug}"],
                }
                for place, (label, drug) in enumerate(zip(labels, drugs, strict=True))
            ],
            "interventions": [
                {
                    "type": "DRUG",
                    "name": drug,
                    "description": invent_sentences(random, 5, 30),
                    "armGroupLabels": [label for label, other in zip(labels, drugs, strict=True) if other == drug],
                }
                for drug in dict.fromkeys(drugs)
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [_planned(random) for _ in range(random.randint(1, 2))],
            "secondaryOutcomes": [_planned(random) for _ in range(min(20, int(random.expovariate(0.25))))],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "\n\n".join(
                f"{part} Criteria:\n\n* {invent_sentences(random, 20, 120)}" for part in ("Inclusion", "Exclusion")
            ),
            "healthyVolunteers": False,
            "sex": "ALL",
            "minimumAge": "18 Years",
            "stdAges": ["ADULT", "OLDER_ADULT"],
        },
        "contactsLocationsModule": {
            "locations": [
                {"facility": invent_word(random, ("",)), "city": invent_word(random, ("",)), "country": invent_word(random, ("",))}
                for _ in range(min(200, int(random.expovariate(0.2))))
            ]
        },
    }


def _planned(random: Random) -> Json:
    title = random.choice((*SURVIVAL, *COUNTED, *MEASURED))
    exact = random.random() < 0.3
    return {
        "measure": title if exact else f"{title} {invent_sentences(random, 1, 5)}",
        "description": invent_sentences(random, 5, 40),
        "timeFrame": f"Up to {random.randint(1, 60)} months",
    }


def main() -> None:
    """Write records, as the command line asks."""
    parser = argparse.ArgumentParser(description="Invented registry records, to measure with.")
    parser.add_argument("path", type=Path, help="the zip to write")
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    RegistryStudies(seed=asked.seed).write(asked.path, asked.studies)


if __name__ == "__main__":
    main()
