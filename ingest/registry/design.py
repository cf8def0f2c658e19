"""Design: document, study, arms, interventions, planned end points, enrolment, dates and eligibility of a registry record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..figures import Node
from . import names, pointers
from .groups import RegistryGroups
from .reading import ReadRecord
from .structs import DateStruct, PlannedOutcome, RegistryArm, RegistryDesign, RegistryProtocol, Status
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
_ROLES: Final = {
    "EXPERIMENTAL": "intervention-arm", "ACTIVE_COMPARATOR": "comparator-arm", "PLACEBO_COMPARATOR": "placebo-arm",
    "SHAM_COMPARATOR": "sham-arm", "NO_INTERVENTION": "no-intervention-arm",
}  # fmt: skip
#: Kinds of numbers that are those of grants: one grant pays for many studies, and is no name of any.
_GRANTS: Final = frozenset({"NIH", "FDA", "VA", "CDC", "AHRQ", "SAMHSA", "OTHER_GRANT"})
#: Abbreviations of end points of which a table may count the contrary: residual disease, or its absence.
_UNSURE: Final = frozenset({"MRD"})
_RANKS: Final = (
    ("primary", "primaryOutcomes", "primary-endpoint"), ("secondary", "secondaryOutcomes", "secondary-endpoint"),
    ("other", "otherOutcomes", "exploratory-endpoint"),
)  # fmt: skip
_DATES: Final = (
    ("enrolment-start", "startDateStruct"), ("primary-completion", "primaryCompletionDateStruct"),
    ("study-completion", "completionDateStruct"),
)  # fmt: skip


def write(writer: RegistryWriter, record: ReadRecord) -> RegistryGroups:
    """Write what the protocol section says, and return the groups that it plans."""
    protocol = record.study.protocol_section
    _write_document(writer, record, protocol)
    _write_study(writer, record, protocol)
    groups = RegistryGroups(writer)
    _write_arms(writer, groups, protocol)
    _write_outcomes(writer, protocol)
    _write_quantities(writer, protocol)
    return groups


def _write_document(writer: RegistryWriter, record: ReadRecord, protocol: RegistryProtocol) -> None:
    identification = protocol.identification_module
    writer.nodes.append(
        {
            "id": f"document/{writer.document}", "type": "Document", "documentKind": "registry-record", "sha256": record.digest,
            "title": tidy(identification.official_title) or tidy(identification.brief_title), "rights": _RIGHTS,
            "characters": str(len(record.content.decode())), "versionOf": _ADDRESS.format(record.number),
            "license": "clinicaltrials:about-site/terms-conditions",
            "citation": f"ClinicalTrials.gov {record.number}" + (f", last update posted {record.version}" if record.version else ""),
        }
        | in_english(versionDate=record.version)
    )  # fmt: skip


def _write_study(writer: RegistryWriter, record: ReadRecord, protocol: RegistryProtocol) -> None:
    identification, status, design = protocol.identification_module, protocol.status_module, protocol.design_module or RegistryDesign()
    eligibility, sponsors = protocol.eligibility_module, protocol.sponsor_collaborators_module
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
    listed = (identification.org_study_id_info, *identification.secondary_id_infos)
    numbers = [each.id for each in listed if each and each.id and each.type not in _GRANTS]
    masking = design.design_info.masking_info if design.design_info else None
    node: Node = {
        "id": writer.study, "type": _class_of(design), "label": tidy(identification.acronym) or tidy(identification.brief_title) or
        tidy(identification.official_title), "acronym": tidy(identification.acronym), "names": list(dict.fromkeys(numbers)),
        "registration": [record.number, *identification.nct_id_aliases], "design": _design_of(design),
        "phase": _PHASES.get(design.phases), "masking": _MASKING.get(masking.masking or "") if masking else None,
        "condition": list(dict.fromkeys(condition for _, condition in known if condition)), "reportedBy": "primary-report",
        "document": f"document/{writer.document}", "conditionText": list(dict.fromkeys(text for text in conditions if text.strip())),
    }  # fmt: skip
    if status:
        node |= in_english(overallStatus=status.overall_status, whyStopped=status.why_stopped)
    if eligibility:
        node |= in_english(eligibility=eligibility.eligibility_criteria)
    if sponsors and sponsors.lead_sponsor:
        node |= in_english(sponsor=sponsors.lead_sponsor.name)
    writer.nodes.append({key: value for key, value in node.items() if value not in (None, "", [])})


def _condition_of(writer: RegistryWriter, text: str, around: Iterable[str]) -> str | None:
    """Return the condition that ``text`` names; that of an abbreviation only where the texts ``around`` name it in full.

    "MM" is malignant melanoma in other fields.
    """
    lexicon = writer.names.conditions
    condition = lexicon.exact(text)
    if condition is None or len(names.fold(text)) > names.SHORT:
        return condition
    full = [name for name, thing in lexicon.names.items() if thing == condition and len(name) > names.SHORT]
    return condition if any(f" {name} " in f" {names.fold(each)} " for each in around for name in full) else None


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


def _write_arms(writer: RegistryWriter, groups: RegistryGroups, protocol: RegistryProtocol) -> None:
    """Write arms and what is given in each: drugs by exact names, the rest as words of the regimen."""
    module = protocol.arms_interventions_module
    if module is None:
        return
    drugs: dict[str, tuple[str, ...]] = {}
    for index, each in enumerate(module.interventions):
        stated = names.drugs_of_intervention(writer.names.drugs, each.name, each.other_names)
        drugs[names.fold(each.name)] = stated
        at = pointers.join("protocolSection", "armsInterventionsModule", "interventions", index, "name")
        if not stated and each.type in {"DRUG", "BIOLOGICAL", "COMBINATION_PRODUCT", None}:
            near = writer.names.drugs.find_within(each.name)
            writer.flag("unmatched drug", at, f"{each.name[:80]!r} names no drug exactly" + (f"; in it: {', '.join(near)}" if near else ""))
    for index, arm in enumerate(module.arm_groups):
        drugs_given = [drug for name in arm.intervention_names for drug in drugs.get(names.fold(name.partition(": ")[2] or name), ())]
        drugs_given += [
            drug for each in module.interventions if arm.label in each.arm_group_labels for drug in drugs[names.fold(each.name)]
        ]  # fmt: skip
        groups.add_arm(index, arm, _role_of(arm, protocol), tuple(dict.fromkeys(drugs_given)))


def _role_of(arm: RegistryArm, protocol: RegistryProtocol) -> str | None:
    design = protocol.design_module
    single = design and design.design_info and design.design_info.intervention_model == "SINGLE_GROUP"
    alone = protocol.arms_interventions_module and len(protocol.arms_interventions_module.arm_groups) == 1
    return "single-arm" if single and alone else _ROLES.get(arm.type or "")


def _write_outcomes(writer: RegistryWriter, protocol: RegistryProtocol) -> None:
    for rank, key, rank_concept, index, outcome in _planned_outcomes(protocol):
        at = pointers.join("protocolSection", "outcomesModule", key, index, "measure")
        local = f"{rank}-{index}"
        text = tidy(outcome.measure) + (f": {outcome.description.strip()}" if outcome.description and outcome.description.strip() else "")
        writer.add(
            "definition", local,
            {
                "type": "Definition", "study": writer.study, "definition": text, "endpointRole": rank_concept,
                "definedVariable": variable(writer, f"planned-{local}", outcome.measure, at), "anchoredAt": [writer.place(at)],
            }
            | in_english(timeFrame=outcome.time_frame),
        )  # fmt: skip


def _planned_outcomes(protocol: RegistryProtocol) -> Iterator[tuple[str, str, str, int, PlannedOutcome]]:
    module = protocol.outcomes_module
    if module is None:
        return
    listed = (module.primary_outcomes, module.secondary_outcomes, module.other_outcomes)
    for (rank, key, concept), outcomes in zip(_RANKS, listed, strict=True):
        for index, outcome in enumerate(outcomes):
            yield rank, key, concept, index, outcome


def variable(writer: RegistryWriter, local: str, title: str, pointer: str) -> str:
    """Return what ``title`` names: a concept where it is a name of one exactly, else a registered variable, which is written."""
    concept = writer.names.endpoints.exact(title)
    if concept and names.fold(title) not in _UNSURE:
        return concept
    if near := writer.names.endpoints.find_within(title):
        writer.flag("unmatched end point", pointer, f"{tidy(title)[:80]!r} names no end point exactly; in it: {', '.join(near)}")
    return write_variable(writer, local, title)


def write_variable(writer: RegistryWriter, local: str, title: str, more: Node | None = None) -> str:
    """Write a registered variable of this title, and return its name as results have it."""
    node: Node = {
        "type": "RegisteredVariable", "prefLabel": tidy(title) or "without a title", "inScheme": "registered-variables",
    }  # fmt: skip
    return f"mabid:{writer.add('variable', local, node | (more or {}))}"


def _write_quantities(writer: RegistryWriter, protocol: RegistryProtocol) -> None:
    status, design = protocol.status_module or Status(), protocol.design_module
    dates = (status.start_date_struct, status.primary_completion_date_struct, status.completion_date_struct)
    for (kind, key), stated in zip(_DATES, dates, strict=True):
        if stated and stated.date:
            _write_date(writer, kind, pointers.join("protocolSection", "statusModule", key, "date"), stated)
    enrolment = design.enrollment_info if design else None
    at = pointers.join("protocolSection", "designModule", "enrollmentInfo", "count")
    if enrolment and enrolment.count is not None and enrolment.count < 0:
        writer.flag("impossible number", at, f"{enrolment.count} is no number of participants: it is not stated")
    elif enrolment and enrolment.count is not None:
        cell = writer.figure("quantity", at, enrolment.count, "patients")
        kind = "planned-enrolment" if enrolment.type == "ESTIMATED" else "patients-enrolled"
        writer.add("fact", f"study.{kind}", _quantity(writer, kind) | {"value": cell.number, "unit": "patients", "figure": [cell.name]})


def _write_date(writer: RegistryWriter, kind: str, at: str, stated: DateStruct) -> None:
    planned = stated.type == "ESTIMATED"
    name = f"figure/{writer.document}{at.replace('/', '.')}"
    if planned:
        return  # a date to come is a plan, and kinds of quantity are of what was
    writer.nodes.append(
        {
            "id": name,
            "type": "Figure",
            "role": "date",
            "printed": str(stated.date),
            "date": str(stated.date),
            "anchoredAt": writer.anchor(at),
        }
    )
    writer.add("fact", f"study.{kind}", _quantity(writer, kind) | {"date": stated.date, "figure": [name]})


def _quantity(writer: RegistryWriter, kind: str) -> Node:
    return {"type": "Quantity", "describes": writer.study, "quantityKind": kind, "document": f"document/{writer.document}"}
