"""Terms of one's own: a drug, target, condition or concept is written into a folder of terms, valid and under a free name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rapidfuzz import process

from mabgraph.ingest import recordfile
from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.locks import lock_folder

from ..questions import identifiers
from ..store import vocabulary
from . import quads
from .knownterms import RDFS, SKOS, Known

#: An address of the web.
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"{}|^`\\]+")
#: The file of a folder that terms are written to.
FILE: Final = "terms.ttl"
_HEAD: Final = f"""\
# Terms of this workspace, sorted by name. mabgraph term writes here; what you write by hand stays.
@prefix mab: <ontology/> .
@prefix mabc: <concept/> .
@prefix rdfs: <{RDFS}> .
@prefix skos: <{SKOS}> .
"""
#: Kinds with IRIs of their own: class, and beginning of the IRI.
_THINGS: Final = {"drug": "Drug", "target": "Target", "condition": "Condition"}
#: Kinds of concepts: scheme, and classes.
SCHEMES: Final = {
    "adjustment-factor": ("adjustment-factors", ""), "adverse-event": ("adverse-events", "AdverseEvent"),
    "baseline-characteristic": ("baseline-characteristics", "BaselineCharacteristic"), "censoring-rule": ("censoring-rules", ""),
    "comparison-measure": ("measures", "ComparisonMeasure"), "design": ("designs", ""), "document-kind": ("document-kinds", ""),
    "drug-class": ("drug-classes", ""), "endpoint": ("endpoints", "Endpoint"), "group-measure": ("measures", "GroupMeasure"),
    "group-role": ("group-roles", ""), "method": ("analysis-methods", ""), "population": ("analysis-populations", ""),
    "quantity": ("quantity-kinds", ""), "reason": ("not-evidence-reasons", ""), "route": ("routes", ""), "test": ("statistical-tests", ""),
    "unit": ("units", ""), "unit-of-analysis": ("units-of-analysis", ""), "variable": ("study-conduct", "Variable"),
}  # fmt: skip
#: All kinds of term that can be written.
KINDS: Final = (*_THINGS, *SCHEMES)
#: Schemes whose concepts are asked for by one filter, so that none of them may have the name of another.
_VARIABLES: Final = ("endpoints", "adverse-events", "baseline-characteristics", "study-conduct")
#: What only some kinds have: the option, and the kinds.
_OPTIONS: Final = {
    "--class": ("drug",), "--target": ("drug",),
    "--event-is": ("endpoint", "adverse-event", "baseline-characteristic", "variable"),
}  # fmt: skip
#: Parts of a record, which are no terms.
_PARTS: Final = frozenset("regimen analysis group comparison study trial dose claim result table definition".split())


@dataclass(frozen=True, slots=True)
class Term:
    """A term to write. ``drug_class``, ``targets`` and ``broader`` are names of terms that are known."""

    kind: str
    name: str
    definition: str | None = None
    example: str | None = None
    drug_class: str | None = None
    targets: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    event_is: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A term that was written: its IRI, the file, its Turtle, and what it has not."""

    iri: str
    path: Path
    turtle: str
    left_out: tuple[str, ...]


def write_term(term: Term, folder: Path, others: Sequence[Path] = ()) -> Written:
    """Write ``term`` into ``folder``; ``others`` are further folders of terms that count beside the shipped ontology.

    :raises BuildError: when its kind is unknown, a name of it is taken, it names a term that is not known, or the shapes do not allow it.
    :raises MabgraphError: when another command holds the folder, or it cannot be written.
    """
    term = replace(term, kind=re.sub(r"[\s_]+", "-", term.kind.strip().lower()))
    if term.kind not in KINDS:
        raise BuildError(_describe_kind(term.kind))
    stated = {"--class": term.drug_class, "--target": term.targets, "--event-is": term.event_is}
    if wrong := next((option for option, value in stated.items() if value and term.kind not in _OPTIONS[option]), None):
        raise BuildError(f"{wrong} is not for the kind {term.kind}: leave it out; it is for {', '.join(_OPTIONS[wrong])}")
    with lock_folder(folder):
        return _write(term, folder, others)


def _describe_kind(kind: str) -> str:
    """Return why ``kind`` is no kind of term, and what to do."""
    if kind in _PARTS:
        return f"{kind!r} is no kind of term but a part of a record: write it there (docs/records.md)"
    near = [each for each, _, _ in process.extract(kind, KINDS, limit=3)]
    return f"{kind!r} is no kind of term: choose one of {', '.join(KINDS)}; the nearest are {', '.join(near)}"


def _write(term: Term, folder: Path, others: Sequence[Path]) -> Written:
    known = Known(quads.of_ontology(vocabulary.ONTOLOGY, *others, *([] if folder in others else [folder])))
    local = _local_name(term)
    also, repeated = _distinct_names(term)
    term = replace(term, also=also)
    known.check_free(_namespace(term.kind), (term.name, *term.also), _iri(term.kind, local))
    known.check_unmatched(_namespace(term.kind), [identifier for match in term.matches for identifier in _identifiers(match)])
    turtle, left_out = _compose(term, local, known)
    path = folder / FILE
    text = _insert(path.read_text(encoding="utf-8") if path.is_file() else _HEAD, turtle)
    _check(text, path, _iri(term.kind, local), known)
    try:
        if path.exists():
            recordfile.replace(path, text)
        else:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BuildError(f"{path}: cannot be written: {error.strerror or error}") from None
    return Written(_iri(term.kind, local), path, turtle, (*left_out, *repeated))


def _iri(kind: str, local: str) -> str:
    if kind in _THINGS:
        return vocabulary.resource(f"{kind}/{local}")
    return vocabulary.concept(f"unit-of-analysis/{local}" if kind == "unit-of-analysis" else local)


def _namespace(kind: str) -> tuple[str, ...]:
    """Return the kinds and schemes in which a name means one thing."""
    scheme = kind if kind in _THINGS else SCHEMES[kind][0]
    return _VARIABLES if scheme in _VARIABLES else (scheme,)


def _distinct_names(term: Term) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the other names without those that stand there already, in capitals or not, and those in words."""
    known = {term.name.casefold(): term.name}
    kept, repeated = [], []
    for name in term.also:
        if (first := known.setdefault(name.casefold(), name)) is name and name != term.name:
            kept.append(name)
        else:
            repeated.append(f"the name {name!r}: it is {first!r}")
    return tuple(kept), tuple(repeated)


def _local_name(term: Term) -> str:
    """Return the last part of the IRI: a target keeps its capitals, other names are small letters with hyphens."""
    name = term.name if term.kind == "target" else term.name.lower()
    local = re.sub("[^A-Za-z0-9]+", "-", name).strip("-")
    if (
        any(each.isalnum() and not each.isascii() for each in name)
        or not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", local)
        or len(local) > 100
    ):
        raise BuildError(
            f"the name {term.name[:80]!r} gives no address: use up to 100 letters and digits of ASCII; other spellings go to --also"
        )
    return local


def _compose(term: Term, local: str, known: Known) -> tuple[str, tuple[str, ...]]:
    """Return the term as Turtle in the layout of the shipped files, and what it has not, in words."""
    definition = term.definition or _define(term, known)
    if not definition:
        raise BuildError(f"{term.name}: has no definition: give one sentence with --definition")
    absent = {
        "a definition of your own; it was made of class and targets": not term.definition,
        "identifiers of other sources (--match)": not term.matches,
        "a broader term (--broader)": not term.broader and term.kind not in {"drug", "target"},
        "targets (--target)": not term.targets and term.kind == "drug",
        "whether its event is a benefit or a harm (--event-is)": not term.event_is and term.kind == "endpoint",
    }
    statements = [*_statements_of_kind(term), *_links(term, known), f"skos:definition {_text(definition)}", "rdfs:isDefinedBy <ontology/>"]
    statements += [f"skos:altLabel {_text(each)}" for each in term.also]
    subject = _abbreviate(_iri(term.kind, local))
    ordered = sorted(statements, key=lambda each: (not each.startswith("a "), each))
    turtle = f"{subject}\n" + "".join(f"    {each} ;\n" for each in ordered) + "    .\n"
    return turtle, tuple(what for what, missing in absent.items() if missing)


def _statements_of_kind(term: Term) -> list[str]:
    """Return what the kind of a term asks for: its classes, its label, its scheme and example."""
    if term.kind in _THINGS:
        example = [f"skos:example {_text(term.example)}"] if term.example else []
        return [f"a mab:{_THINGS[term.kind]}", f"rdfs:label {_text(term.name)}", *example]
    scheme, name = SCHEMES[term.kind]
    example = [f"skos:example {_text(term.example or f'A report that names {term.name}.')}"]
    return [
        *([f"a mab:{name}"] if name else []), "a skos:Concept", f"skos:inScheme <concept/scheme/{scheme}>",
        f"skos:prefLabel {_text(term.name)}", *example,
    ]  # fmt: skip


def _links(term: Term, known: Known) -> Iterator[str]:
    """Yield what links a term to others: class, targets, broader terms, meaning, identifiers and matches."""
    if term.drug_class:
        yield f"mab:drugClass {_abbreviate(known.find('drug-classes', term.drug_class))}"
    for target in term.targets:
        yield f"mab:target {_abbreviate(known.find('target', target))}"
    for broader in term.broader:
        yield f"skos:broader {_abbreviate(known.find(SCHEMES[term.kind][0] if term.kind in SCHEMES else term.kind, broader))}"
    if meaning := term.event_is or ("harm" if term.kind == "adverse-event" else ""):
        yield f"mab:eventIs {_abbreviate(known.find('event-meanings', meaning))}"
    for match in term.matches:
        yield f"skos:exactMatch <{match}>" if _ADDRESS.fullmatch(match) else f"mab:identifier {ox.Literal(_identifier(match))}"


def _identifiers(match: str) -> list[str]:
    """Return the spellings in which the ontology may have an identifier or an address."""
    return [match, *identifiers.candidates(match)] if _ADDRESS.fullmatch(match) else [_identifier(match)]


def _define(term: Term, known: Known) -> str:
    """Return a definition of a drug made of its class and targets; none for anything else."""
    if term.kind != "drug" or not term.drug_class:
        return ""
    name = known.label(known.find("drug-classes", term.drug_class))
    article = "An" if name[0] in "aeiou" else "A"
    targets = [known.label(known.find("target", target)) for target in term.targets]
    return f"{article} {name}{f' that binds {_join(targets)}' if targets else ''}."


def _join(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _identifier(match: str) -> str:
    """Return an identifier as ``prefix:number``.

    :raises BuildError: when it is none.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9.]*:[A-Za-z0-9._-]+", match):
        near = next((each for each in identifiers.candidates(match) if re.fullmatch(r"[A-Za-z][A-Za-z0-9.]*:[A-Za-z0-9._-]+", each)), "")
        if not near:
            raise BuildError(f"{match[:80]!r} is no identifier: write it as prefix:number (unii:4FR53SIF3A), or as an address")
        return near
    return match


def _abbreviate(iri: str) -> str:
    """Return an IRI of ours as the files write it."""
    local = iri.removeprefix(vocabulary.concept(""))
    return f"mabc:{local}" if local != iri and "/" not in local else f"<{iri.removeprefix(vocabulary.base())}>"


def _text(text: str) -> str:
    return str(ox.Literal(" ".join(text.split()), language="en"))


def _insert(text: str, turtle: str) -> str:
    """Return the file with a term in its place by name; blocks are kept as they are, with their comments."""
    blocks = re.split(r"\n{2,}", text.rstrip("\n"))
    place = next((index for index, block in enumerate(blocks) if index and _subject(block) > _subject(turtle)), len(blocks))
    blocks.insert(place, turtle.rstrip("\n"))
    return "\n\n".join(blocks) + "\n"


def _subject(block: str) -> str:
    return next((line for line in block.splitlines() if line and not line.startswith(("#", "@", " "))), "")


def _check(text: str, path: Path, iri: str, known: Known) -> None:
    """Check that the file can be read and that the shapes allow the term.

    :raises BuildError: with what they do not allow.
    """
    from ..shacl.shapes import Shapes

    own = quads.of_turtle(text.encode(), path)
    if not any(each.subject == ox.NamedNode(iri) for each in own):
        raise BuildError(f"{path}: the term would stand within a text with an empty line, or under another @base: change that first")
    violations = Shapes(vocabulary.ONTOLOGY / "shapes", [*known.quads, *own]).violations(own)
    if faults := [str(fault) for fault in violations if fault.focus == iri]:
        raise BuildError("\n".join(faults))
