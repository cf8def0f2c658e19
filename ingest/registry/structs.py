"""What is read of a registry record (ClinicalTrials.gov API v2): typed, so that what has another type is refused with its path.

Only fields that are used are here. Others are passed over: the registry adds fields, and older exports have more. Numbers are texts in the
results of the registry, and stay as they are printed. Enumerations are those of the field tree of the API.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

#: A whole number that fits 64 bits: more is no number of a registry.
Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Read(Struct, frozen=True, gc=False, rename="camel"):
    """A part of a record: unknown fields are passed over."""


def drop_blanks(part: Read, *names: str) -> None:
    """Take what is blank among these fields of ``part`` as not there: an empty text is no number, and no printed character."""
    for name in names:
        value = getattr(part, name)
        if value is not None and not value.strip():
            force_setattr(part, name, None)


class IdValue(Read, frozen=True):
    """A number of an organisation, and of which kind it is."""

    id: str | None = None
    type: str | None = None


class Identification(Read, frozen=True):
    """Numbers and titles."""

    nct_id: str
    nct_id_aliases: tuple[str, ...] = ()
    org_study_id_info: IdValue | None = None
    secondary_id_infos: tuple[IdValue, ...] = ()
    brief_title: str | None = None
    official_title: str | None = None
    acronym: str | None = None


class DateStruct(Read, frozen=True):
    """A date, as far as it is registered, and whether it is actual."""

    date: str | None = None
    type: Literal["ACTUAL", "ESTIMATED"] | None = None


class Status(Read, frozen=True):
    """Where the study stands, and its dates."""

    overall_status: str | None = None
    why_stopped: str | None = None
    start_date_struct: DateStruct | None = None
    primary_completion_date_struct: DateStruct | None = None
    completion_date_struct: DateStruct | None = None
    study_first_post_date_struct: DateStruct | None = None
    results_first_post_date_struct: DateStruct | None = None
    last_update_post_date_struct: DateStruct | None = None
    last_update_submit_date: str | None = None


class RegistryNamed(Read, frozen=True):
    """A sponsor or collaborator."""

    name: str | None = None


class Sponsors(Read, frozen=True):
    """Who is responsible."""

    lead_sponsor: RegistryNamed | None = None


class Conditions(Read, frozen=True):
    """Conditions and keywords, as texts."""

    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class MaskingInfo(Read, frozen=True):
    """Who does not know the treatment."""

    masking: Literal["NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"] | None = None


class DesignInfo(Read, frozen=True):
    """How patients come to their treatment."""

    allocation: Literal["RANDOMIZED", "NON_RANDOMIZED", "NA"] | None = None
    intervention_model: Literal["SINGLE_GROUP", "PARALLEL", "CROSSOVER", "FACTORIAL", "SEQUENTIAL"] | None = None
    observational_model: str | None = None
    time_perspective: str | None = None
    masking_info: MaskingInfo | None = None


class Enrolment(Read, frozen=True):
    """How many participants, planned or actual."""

    count: Whole | None = None
    type: Literal["ACTUAL", "ESTIMATED"] | None = None


class RegistryDesign(Read, frozen=True):
    """Kind of study, phases, design."""

    study_type: Literal["EXPANDED_ACCESS", "INTERVENTIONAL", "OBSERVATIONAL"] | None = None
    phases: tuple[Literal["NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4"], ...] = ()
    design_info: DesignInfo | None = None
    enrollment_info: Enrolment | None = None


class RegistryArm(Read, frozen=True):
    """A planned arm or cohort."""

    label: str
    type: Literal["EXPERIMENTAL", "ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION", "OTHER"] | None = None
    description: str | None = None
    intervention_names: tuple[str, ...] = ()


class Intervention(Read, frozen=True):
    """What is given, by its names."""

    name: str
    type: str | None = None
    other_names: tuple[str, ...] = ()
    arm_group_labels: tuple[str, ...] = ()


class RegistryArms(Read, frozen=True):
    """Arms and interventions."""

    arm_groups: tuple[RegistryArm, ...] = ()
    interventions: tuple[Intervention, ...] = ()


class PlannedOutcome(Read, frozen=True):
    """An end point as planned."""

    measure: str
    description: str | None = None
    time_frame: str | None = None


class Outcomes(Read, frozen=True):
    """The planned end points by rank."""

    primary_outcomes: tuple[PlannedOutcome, ...] = ()
    secondary_outcomes: tuple[PlannedOutcome, ...] = ()
    other_outcomes: tuple[PlannedOutcome, ...] = ()


class Eligibility(Read, frozen=True):
    """Who may take part."""

    eligibility_criteria: str | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    healthy_volunteers: bool | str | None = None


class Reference(Read, frozen=True):
    """A publication."""

    pmid: str | None = None
    type: str | None = None


class References(Read, frozen=True):
    """Publications: of the results, of the background, and those that the registry takes to be about the study."""

    references: tuple[Reference, ...] = ()


class RegistryProtocol(Read, frozen=True):
    """The protocol section."""

    identification_module: Identification
    status_module: Status | None = None
    sponsor_collaborators_module: Sponsors | None = None
    conditions_module: Conditions | None = None
    design_module: RegistryDesign | None = None
    arms_interventions_module: RegistryArms | None = None
    outcomes_module: Outcomes | None = None
    eligibility_module: Eligibility | None = None
    references_module: References | None = None


class LargeDocument(Read, frozen=True):
    """A protocol or plan of analysis."""

    filename: str | None = None


class LargeDocuments(Read, frozen=True):
    """Protocols and plans of analysis."""

    large_docs: tuple[LargeDocument, ...] = ()


class RegistryDocuments(Read, frozen=True):
    """The document section."""

    large_document_module: LargeDocuments | None = None


class MiscInfo(Read, frozen=True):
    """What the registry notes of its data."""

    version_holder: str | None = None


class Derived(Read, frozen=True):
    """The derived section."""

    misc_info_module: MiscInfo | None = None
