"""A synthetic evidence graph: invented trials in mabgraph's own model, to measure with. The same seed gives the same bytes.

Every trial is a document of its own, in a named graph of its own, as the sources of a real dataset are: study, two groups with
regimens of the ontology's drugs, and a comparison. One trial in five has results, with every printed figure and its place: a
hazard ratio with interval and P value, and a proportion with count and total for each group. That makes about 85 triples a trial.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Final

import pyoxigraph as ox

from mabgraph.graph.building import build, quads
from mabgraph.graph.building.concerns import Concerns
from mabgraph.graph.building.dump import Dump
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.store.dataset import Manifest
from mabgraph.ingest import figures, numerals, reports, statedterms
from mabgraph.ingest.figures import Figure, Node
from mabgraph.ingest.record import Analysis

SEED: Final = 4
#: One trial in so many has results.
REPORTED: Final = 5
#: Trials that are made at once, and linked to what their results concern.
BATCH: Final = 100
#: The end points that results are about.
SURVIVAL: Final = ("event-free-survival", "overall-survival", "progression-free-survival", "relapse-free-survival")
RESPONSE: Final = ("complete-remission", "minimal-residual-disease-remission", "overall-response", "partial-response")
#: Roles of a figure that are numbers of a result under another key.
KEYS: Final = {"level": "intervalLevel", "p_value": "pValue"}
#: Characters from the beginning of one figure to that of the next.
APART: Final = 60
#: The analysis of a trial; what it states is its curator's.
_ANALYSIS: Final = Analysis(id="all", label="all assigned patients", population="intention-to-treat", method="stratified-cox-regression")
#: The two groups of a trial.
ARMS: Final = ("intervention", "comparator")


def registration(number: int) -> str:
    """Return the registration number of a trial, which cannot be mistaken for a real one.

    >>> registration(7)
    'SYNTHETIC-00007'
    """
    return f"SYNTHETIC-{number:05}"


def instances(ontology: list[ox.Quad], kind: str) -> list[str]:
    """Return the local names of the instances of a class such as ``Drug`` in the ontology, sorted."""
    a, wanted = ox.NamedNode(vocabulary.prefixes()["rdf"] + "type"), ox.NamedNode(vocabulary.term(kind))
    subjects = (quad.subject for quad in ontology if quad.predicate == a and quad.object == wanted)
    return sorted(vocabulary.local_name(subject.value) for subject in subjects if isinstance(subject, ox.NamedNode))


#: What no question asks of a report, an analysis or a figure, by its kind: a trial stays as small as it was.
_UNASKED: Final = {"Report": ("statedPhase", "statedMasking"), "Analysis": ("report",), "Figure": ("operator",)}


class Trials:
    """Invented trials over the drugs and conditions of an ontology; each depends on the seed and its number alone."""

    def __init__(self, ontology: list[ox.Quad], seed: int = SEED) -> None:
        """Take drugs and conditions from the quads of the ontology."""
        self._drugs, self._conditions, self._seed = instances(ontology, "Drug"), instances(ontology, "Condition"), seed

    def quads(self, numbers: range) -> list[ox.Quad]:
        """Return the quads of the trials with these numbers, one named graph after another."""
        graphs = [{"id": quads.graph(f"synthetic-{number:05}").value, "@graph": self.nodes(number)} for number in numbers]
        document = {"@context": vocabulary.context(), "@graph": graphs}
        return list(ox.parse(json.dumps(document), ox.RdfFormat.JSON_LD))

    def nodes(self, number: int) -> list[Node]:
        """Return the nodes of one trial, with the keys of the JSON-LD context."""
        random, document, study = Random(f"{self._seed} {number}"), f"synthetic-{number:05}", f"study/synthetic-{number:05}"
        reported = number % REPORTED == 0
        drugs = dict(zip(ARMS, random.sample(self._drugs, 2), strict=True))
        nodes: list[Node] = [
            {
                "id": f"document/{document}", "type": "Document", "title": f"Invented trial {number}", "rights": "CC0-1.0, invented",
                "documentKind": "primary-report" if reported else "registry-record", "characters": "5000",
                "sha256": hashlib.sha256(document.encode()).hexdigest(),
            },
            {
                "id": study, "type": "ClinicalTrial", "label": f"INVENTED {number}", "registration": registration(number),
                "design": "randomised-controlled-trial", "phase": random.choice(("phase-2", "phase-3")),
                "masking": random.choice(("open-label", "double-blind")), "condition": random.choice(self._conditions),
                "reportedBy": "primary-report", "document": f"document/{document}",
            },
            {
                "id": f"comparison/{document}.drugs", "type": "Comparison", "label": " versus ".join(drugs.values()), "study": study,
                **{arm: f"group/{document}.{arm}" for arm in ARMS},
            },
        ]  # fmt: skip
        for arm, drug in drugs.items():
            group = {"id": f"group/{document}.{arm}", "type": "Group", "label": f"{drug} group", "study": study}
            nodes.append(group | {"groupRole": f"{arm}-arm", "regimen": f"regimen/{document}.{arm}"})
            nodes.append({"id": f"regimen/{document}.{arm}", "type": "Regimen", "label": drug, "drug": drug})
        stated = reports.state(nodes + list(_results(random, document, study)) if reported else nodes, document)
        return [_without_unasked(node) for node in stated]


def _without_unasked(node: Node) -> Node:
    """Return ``node`` without what no question asks."""
    return {key: value for key, value in node.items() if key not in _UNASKED.get(str(node["type"]), ())}


def _results(random: Random, document: str, study: str) -> Iterator[Node]:
    analysis: Node = {
        "id": f"analysis/{document}.all", "type": "Analysis", "label": _ANALYSIS.label, "study": study,
        "population": _ANALYSIS.population, "method": _ANALYSIS.method,
    }  # fmt: skip
    yield analysis | {"statement": statedterms.nodes_of(_ANALYSIS, _ANALYSIS.id, document)}
    shared = {"study": study, "analysis": analysis["id"], "status": "reported", "document": f"document/{document}"}
    shared["unitOfAnalysis"] = "patients"
    survival, response = random.choice(SURVIVAL), random.choice(RESPONSE)
    effect = {"type": "EffectEstimate", "comparison": f"comparison/{document}.drugs", "variable": survival, "measure": "hazard-ratio"}
    yield {**shared, **effect, "intervalKind": "confidence-interval", **_numbers(f"{document}.{survival}", 0, _hazard_ratio(random), None)}
    for index, arm in enumerate(ARMS, 1):
        result = {"type": "ArmResult", "group": f"group/{document}.{arm}", "variable": response, "measure": "proportion"}
        numbers = _numbers(f"{document}.{response}.{arm}", 1000 * index, _proportion(random), "percent")
        yield {**shared, **result, **numbers, "value": numbers["percent"], "unit": "percent"}


def _hazard_ratio(random: Random) -> dict[str, str]:
    """Return what is printed of a hazard ratio, by role: an interval that holds it, and the P value that belongs to both."""
    logarithm, error = random.gauss(-0.25, 0.3), random.uniform(0.08, 0.3)
    value, lower, upper = (f"{math.exp(logarithm + z * error):.2f}" for z in (0, -1.96, 1.96))
    p_value = math.erfc(abs(logarithm) / error / math.sqrt(2))
    return {"value": value, "level": "95", "lower": lower, "upper": upper, "p_value": "<0.001" if p_value < 0.001 else f"{p_value:.3f}"}


def _proportion(random: Random) -> dict[str, str]:
    """Return what is printed of a proportion, by role."""
    total = random.randint(40, 400)
    count = random.randint(0, total)
    return {"count": str(count), "total": str(total), "percent": f"{100 * count / total:.1f}"}


def _numbers(local: str, start: int, printed: dict[str, str], unit: str | None) -> Node:
    """Return name, label, numbers and figures of the result called ``local``; its figures begin at ``start`` in the document."""
    document, _, name = local.partition(".")
    marked = tuple(
        Figure(role, "", at, at + len(text), text, "", "", numerals.read(text))
        for at, (role, text) in zip(range(start, start + 1000, APART), printed.items(), strict=False)
    )
    node: Node = {"id": f"estimate/{local}", "label": name.replace("-", " ").replace(".", ": ")}
    node |= {KEYS.get(figure.role, figure.role): figure.number for figure in marked}
    for figure in marked:
        if figure.role == "p_value":
            node["pOperator"] = figure.numeral.operator
    return node | {"figure": [_without_unasked(figure) for figure in figures.all_nodes(marked, document, name, figures.units(unit))]}


def write(directory: Path, trials: int, seed: int = SEED) -> Manifest:
    """Write a dataset of ``trials`` invented trials to ``directory``, make it the current one there, and return its manifest.

    Nothing is validated and nothing described here: a test holds the generator to the shapes.
    """
    ontology = quads.of_ontology(vocabulary.ONTOLOGY)
    invented = Trials(ontology, seed)
    (directory / dataset.VERSIONS).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=directory / dataset.VERSIONS))
    with Dump(folder) as dump:
        concerns = Concerns(ontology)
        dump.add("ontology", ontology)
        for first in range(1, trials + 1, BATCH):
            batch = invented.quads(range(first, min(first + BATCH, trials + 1)))
            for name, own in groupby(batch, key=lambda quad: quad.graph_name):
                dump.add(vocabulary.local_name(str(name.value)), own)
            dump.add("links", concerns.of(batch))
    inputs = {f"synthetic/{trials} trials, seed {seed}": hashlib.sha256(f"{trials} {seed}".encode()).hexdigest()}
    version, graphs = dump.version(), dict(dump.graphs)
    begun = Manifest(version, build.software(), inputs, dump.bytes, dump.graphs.total(), dump.figures, graphs, version)
    manifest = dataset.finish(folder, begun, {"invented": True})
    dataset.publish(directory, folder, manifest.version)
    return manifest
