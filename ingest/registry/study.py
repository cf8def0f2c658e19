"""Study: the document and the study of a registry record: names, numbers, conditions, design, and texts as registered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ..figures import Node
from . import names, pointers
from .reading import DATE, NUMBER, ReadRecord
from .structs import Eligibility, RegistryDesign
from .writer import RegistryWriter, in_english, tidy

#: The terms of use of the registry, and where a record is.
_TERMS: Final = "https://clinicaltrials.gov/about-site/terms-conditions"
_RIGHTS: Final = (
    f"ClinicalTrials.gov, U.S. National Library of Medicine, under its terms and conditions ({_TERMS}): name the source and the date of "
    "the data. The sponsor or an investigator of the study wrote the content."
)
_ADDRESS: Final = "clinicaltrials:study/{}"
_MASKING: Final = {
    "NONE": "open-label", "SINGLE": "single-blind", "DOUBLE": "double-blind", "TRIPLE": "triple-blind", "QUADRUPLE": "quadruple-blind",
}  # fmt: skip
_PHASES: Final = {
    ("EARLY_PHASE1",): "early-phase-1", ("PHASE1",): "phase-1", ("PHASE1", "PHASE2"): "phase-1-2", ("PHASE2",): "phase-2",
    ("PHASE2", "PHASE3"): "phase-2-3", ("PHASE3",): "phase-3", ("PHASE4",): "phase-4",
}  # fmt: skip
#: Only a trial of parallel randomised groups is what is pooled as such; others are designs of their own.
_RANDOMISED: Final = {
    "PARALLEL": "randomised-controlled-trial", "CROSSOVER": "randomised-crossover-trial", "FACTORIAL": "randomised-factorial-trial",
}  # fmt: skip
#: Kinds of numbers that are those of grants: one grant pays for many studies, and is no name of any.
_GRANTS: Final = frozenset({"NIH", "FDA", "VA", "CDC", "AHRQ", "SAMHSA", "OTHER_GRANT"})
#: Kinds of numbers that are registrations elsewhere.
_REGISTRIES: Final = frozenset({"EUDRACT_NUMBER", "CTIS"})
#: The words for where a study stands, and for the sex of who may take part.
_STATUSES: Final = frozenset(
    "ACTIVE_NOT_RECRUITING COMPLETED ENROLLING_BY_INVITATION NOT_YET_RECRUITING RECRUITING SUSPENDED TERMINATED WITHDRAWN AVAILABLE "
    "NO_LONGER_AVAILABLE TEMPORARILY_NOT_AVAILABLE APPROVED_FOR_MARKETING WITHHELD UNKNOWN".split()
)
_SEXES: Final = frozenset({"ALL", "FEMALE", "MALE"})
_PMID: Final = re.compile("[1-9][0-9]{0,8}")
_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.pdf")
_DOCUMENTS: Final = pointers.join("documentSection", "largeDocumentModule", "largeDocs")
_REFERENCES: Final = pointers.join("protocolSection", "referencesModule", "references")
_IDENTIFICATION: Final = pointers.join("protocolSection", "identificationModule")


def write_document(writer: RegistryWriter, record: ReadRecord) -> None:
    """Write the document: its title, version and size."""
    identification, derived = record.study.protocol_section.identification_module, record.study.derived_section
    taken = derived.misc_info_module.version_holder if derived and derived.misc_info_module else None
    writer.append(
        {
            "id": f"document/{writer.document}", "type": "Document", "documentKind": "registry-record", "sha256": record.digest,
            "title": tidy(identification.official_title) or tidy(identification.brief_title), "rights": _RIGHTS,
            "characters": str(len(record.content.decode())), "versionOf": _ADDRESS.format(record.number),
            "license": "clinicaltrials:about-site/terms-conditions",
            "citation": f"ClinicalTrials.gov {record.number}" + (f", last update posted {record.version}" if record.version else ""),
        }
        | in_english(versionDate=record.version, dataDate=taken if taken and DATE.fullmatch(taken) else None)
    )  # fmt: skip


def write(writer: RegistryWriter, record: ReadRecord, drugs: Sequence[str], words: Sequence[str]) -> None:
    """Write the study, with ``drugs`` as its own, and the ``words`` of interventions that no arm names."""
    protocol = record.study.protocol_section
    identification, design = protocol.identification_module, protocol.design_module or RegistryDesign()
    conditions = protocol.conditions_module.conditions if protocol.conditions_module else ()
    around = [*conditions, *(protocol.conditions_module.keywords if protocol.conditions_module else ())]
    around += [text for text in (identification.brief_title, identification.official_title) if text]
    known = [(text, _condition_of(writer, text, around)) for text in conditions]
    for index, (text, condition) in enumerate(known):
        if condition is None:
            at = pointers.join("protocolSection", "conditionsModule", "conditions", index)
            near = writer.names.conditions.find_within(text)
            writer.flag(
                "unmatched condition", at, f"{text[:80]!r} names no condition exactly" + (f"; in it: {', '.join(near)}" if near else "")
            )
    masking = design.design_info.masking_info if design.design_info else None
    node: Node = {
        "id": writer.study, "type": _class_of(design), "label": tidy(identification.acronym) or tidy(identification.brief_title) or
        tidy(identification.official_title), "acronym": tidy(identification.acronym), "design": _design_of(design),
        "phase": _PHASES.get(design.phases), "masking": _MASKING.get(masking.masking or "") if masking else None,
        "condition": list(dict.fromkeys(condition for _, condition in known if condition)), "reportedBy": "primary-report",
        "document": f"document/{writer.document}", "conditionText": list(dict.fromkeys(text for text in conditions if text.strip())),
    }  # fmt: skip
    node |= _numbers_of(writer, record) | _texts_of(writer, record) | {"drug": list(drugs), "interventionText": list(words)}
    writer.append({key: value for key, value in node.items() if value not in (None, "", [])})


def _numbers_of(writer: RegistryWriter, record: ReadRecord) -> Node:
    """Return the numbers of a study: registrations, other numbers as names, and those of grants, which are no names of one study."""
    identification = record.study.protocol_section.identification_module
    for index, alias in enumerate(identification.nct_id_aliases):
        if not NUMBER.fullmatch(alias):
            writer.flag(
                "unreadable number", f"{_IDENTIFICATION}/nctIdAliases/{index}", f"{alias[:60]!r} is no number of ClinicalTrials.gov"
            )
    listed = [each for each in (identification.org_study_id_info, *identification.secondary_id_infos) if each and tidy(each.id)]
    elsewhere = [tidy(each.id) for each in listed if each.type in _REGISTRIES and not tidy(each.id).startswith("NCT")]
    own = [tidy(each.id) for each in listed if each.type not in _GRANTS]
    brief = tidy(identification.brief_title) if tidy(identification.acronym) and tidy(identification.official_title) else ""
    return {
        "registration": list(dict.fromkeys([record.number, *elsewhere])), "otherRegistration": list(record.aliases),
        "names": list(dict.fromkeys([*own, *record.aliases, *([brief] if brief else [])])),
        "grant": list(dict.fromkeys(tidy(each.id) for each in listed if each.type in _GRANTS)),
    }  # fmt: skip


def _texts_of(writer: RegistryWriter, record: ReadRecord) -> Node:
    """Return what is stated of a study in the words of the registry, and the addresses of publications and documents."""
    protocol, results = record.study.protocol_section, record.study.results_section
    status, sponsors = protocol.status_module, protocol.sponsor_collaborators_module
    eligibility, flow = protocol.eligibility_module or Eligibility(), results.participant_flow_module if results else None
    overall = status.overall_status if status else None
    _flag_unknown(writer, pointers.join("protocolSection", "statusModule", "overallStatus"), overall, _STATUSES)
    _flag_unknown(writer, pointers.join("protocolSection", "eligibilityModule", "sex"), eligibility.sex, _SEXES)
    if isinstance(eligibility.healthy_volunteers, str):
        at = pointers.join("protocolSection", "eligibilityModule", "healthyVolunteers")
        writer.flag("unknown word", at, f"{eligibility.healthy_volunteers[:60]!r} is neither yes nor no: it is not stated")
    healthy = str(eligibility.healthy_volunteers).lower() if isinstance(eligibility.healthy_volunteers, bool) else None
    return in_english(
        overallStatus=overall, whyStopped=status.why_stopped if status else None,
        sponsor=sponsors.lead_sponsor.name if sponsors and sponsors.lead_sponsor else None,
        eligibility=eligibility.eligibility_criteria, eligibleSex=eligibility.sex, healthyVolunteers=healthy,
        recruitment=flow.recruitment_details if flow else None, preAssignment=flow.pre_assignment_details if flow else None,
    ) | {"reportedIn": _publications(writer, record), "studyDocument": _documents(writer, record)}  # fmt: skip


def _flag_unknown(writer: RegistryWriter, pointer: str, word: str | None, known: frozenset[str]) -> None:
    if word is not None and word not in known:
        writer.flag("unknown word", pointer, f"{word[:60]!r} is none of {', '.join(sorted(known))}: it is kept as a text")


def _publications(writer: RegistryWriter, record: ReadRecord) -> list[str]:
    """Return the numbers in PubMed of the publications of the results; those that the registry derives are guesses."""
    module, numbers = record.study.protocol_section.references_module, dict[str, None]()
    for index, each in enumerate(module.references if module else ()):
        if each.type != "RESULT" or not each.pmid:
            continue
        if _PMID.fullmatch(each.pmid.strip()):
            numbers[each.pmid.strip()] = None
        else:
            writer.flag("unreadable number", f"{_REFERENCES}/{index}/pmid", f"{each.pmid[:60]!r} is no number of PubMed: it is not stated")
    return list(numbers)


def _documents(writer: RegistryWriter, record: ReadRecord) -> list[str]:
    """Return the protocols and plans of analysis, by their place among those of the registry."""
    section, places = record.study.document_section, dict[str, None]()
    listed = section.large_document_module.large_docs if section and section.large_document_module else ()
    for index, each in enumerate(listed):
        if each.filename and _FILE.fullmatch(each.filename):
            places[f"{record.number[-2:]}/{record.number}/{each.filename}"] = None
        elif each.filename:
            writer.flag("unknown word", f"{_DOCUMENTS}/{index}/filename", f"{each.filename[:60]!r} is no name of a PDF: it is not stated")
    return list(places)


def _condition_of(writer: RegistryWriter, text: str, around: Iterable[str]) -> str | None:
    """Return the condition that ``text`` names; that of an abbreviation only where the texts ``around`` name it in full.

    "MM" is malignant melanoma in other fields.
    """
    lexicon = writer.names.conditions
    condition = lexicon.exact(text)
    if condition is None or len(names.fold(text)) > names.SHORT:
        return condition
    full = [name for name, thing in lexicon.names.items() if thing == condition and len(name) > names.SHORT]
    return condition if any(names.has_name(each, name) for each in around for name in full) else None


def _class_of(design: RegistryDesign) -> str:
    return {"INTERVENTIONAL": "ClinicalTrial", "OBSERVATIONAL": "ObservationalStudy"}.get(design.study_type or "", "Study")


def _design_of(design: RegistryDesign) -> str:
    info = design.design_info
    if design.study_type == "EXPANDED_ACCESS":
        return "expanded-access-programme-design"
    if design.study_type == "OBSERVATIONAL" and info and info.observational_model == "COHORT":
        cohorts = {"PROSPECTIVE": "prospective-cohort-study", "RETROSPECTIVE": "retrospective-cohort-study"}
        return cohorts.get(info.time_perspective or "", "design-not-stated")
    if design.study_type == "INTERVENTIONAL" and info:
        if info.intervention_model == "SINGLE_GROUP":
            return "single-arm-trial"
        if info.allocation == "RANDOMIZED" and info.intervention_model in _RANDOMISED:
            return _RANDOMISED[info.intervention_model]
        return "interventional-trial"
    return "design-not-stated"
