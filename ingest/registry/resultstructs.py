"""What is read of the results section of a registry record: flow, baseline, outcomes with analyses, adverse events."""

from __future__ import annotations

from typing import Literal

from .structs import Derived, Read, RegistryDocuments, RegistryProtocol, Whole, drop_blanks

#: What a column of a table of results holds.
Parameter = Literal[
    "GEOMETRIC_MEAN", "GEOMETRIC_LEAST_SQUARES_MEAN", "LEAST_SQUARES_MEAN", "LOG_MEAN", "MEAN", "MEDIAN", "NUMBER", "COUNT_OF_PARTICIPANTS",
    "COUNT_OF_UNITS",
]  # fmt: skip


class RegistryGroup(Read, frozen=True):
    """A group of one table; its id is of this table only."""

    id: str
    title: str | None = None
    description: str | None = None


class Count(Read, frozen=True):
    """A denominator of a group."""

    group_id: str
    value: str


class Denominators(Read, frozen=True):
    """What was analysed in each group, in one unit."""

    units: str | None = None
    counts: tuple[Count, ...] = ()


class Measurement(Read, frozen=True):
    """One cell of a table of results."""

    group_id: str
    value: str | None = None
    spread: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        """Take blank numbers as not there."""
        drop_blanks(self, "value", "spread", "lower_limit", "upper_limit")


class Category(Read, frozen=True):
    """A category of a class: one row of a table."""

    title: str | None = None
    measurements: tuple[Measurement, ...] = ()


class Class(Read, frozen=True):
    """A class of a measure: a time point, a subgroup, a part."""

    title: str | None = None
    denoms: tuple[Denominators, ...] = ()
    categories: tuple[Category, ...] = ()


class RegistryAnalysis(Read, frozen=True):
    """A statistical analysis of an outcome."""

    group_ids: tuple[str, ...] = ()
    group_description: str | None = None
    non_inferiority_type: (
        Literal[
            "SUPERIORITY", "NON_INFERIORITY", "EQUIVALENCE", "OTHER", "NON_INFERIORITY_OR_EQUIVALENCE", "SUPERIORITY_OR_OTHER",
            "NON_INFERIORITY_OR_EQUIVALENCE_LEGACY", "SUPERIORITY_OR_OTHER_LEGACY",
        ]
        | None
    ) = None  # fmt: skip
    non_inferiority_comment: str | None = None
    p_value: str | None = None
    p_value_comment: str | None = None
    statistical_method: str | None = None
    statistical_comment: str | None = None
    param_type: str | None = None
    param_value: str | None = None
    dispersion_type: str | None = None
    dispersion_value: str | None = None
    ci_pct_value: str | None = None
    ci_num_sides: Literal["ONE_SIDED", "TWO_SIDED"] | None = None
    ci_lower_limit: str | None = None
    ci_upper_limit: str | None = None
    ci_lower_limit_comment: str | None = None
    ci_upper_limit_comment: str | None = None
    tested_non_inferiority: bool | None = None
    estimate_comment: str | None = None
    other_analysis_description: str | None = None

    def __post_init__(self) -> None:
        """Take blank numbers as not there."""
        drop_blanks(self, "p_value", "param_value", "dispersion_value", "ci_pct_value", "ci_lower_limit", "ci_upper_limit")


class RegistryMeasure(Read, frozen=True):
    """A table of results: a baseline measure, or what an outcome has in common with it."""

    title: str
    description: str | None = None
    population_description: str | None = None
    param_type: Parameter | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    denom_units_selected: str | None = None
    type_units_analyzed: str | None = None
    denoms: tuple[Denominators, ...] = ()
    classes: tuple[Class, ...] = ()


class Outcome(RegistryMeasure, frozen=True):
    """An outcome measure with its groups and analyses."""

    type: Literal["PRIMARY", "SECONDARY", "OTHER_PRE_SPECIFIED", "POST_HOC"] | None = None
    time_frame: str | None = None
    reporting_status: str | None = None
    anticipated_posting_date: str | None = None
    groups: tuple[RegistryGroup, ...] = ()
    analyses: tuple[RegistryAnalysis, ...] = ()


class OutcomeMeasures(Read, frozen=True):
    """All outcome measures."""

    outcome_measures: tuple[Outcome, ...] = ()


class RegistryBaseline(Read, frozen=True):
    """The baseline tables."""

    population_description: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[RegistryGroup, ...] = ()
    denoms: tuple[Denominators, ...] = ()
    measures: tuple[RegistryMeasure, ...] = ()


class FlowCell(Read, frozen=True):
    """How many of one group reached a milestone, or left for a reason."""

    group_id: str
    num_subjects: str | None = None
    num_units: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        """Take a blank number as not there."""
        drop_blanks(self, "num_subjects", "num_units")


class Milestone(Read, frozen=True):
    """A milestone of a period."""

    type: str | None = None
    comment: str | None = None
    achievements: tuple[FlowCell, ...] = ()


class Withdrawal(Read, frozen=True):
    """A reason to leave."""

    type: str | None = None
    comment: str | None = None
    reasons: tuple[FlowCell, ...] = ()


class Period(Read, frozen=True):
    """A period of the study."""

    title: str | None = None
    milestones: tuple[Milestone, ...] = ()
    drop_withdraws: tuple[Withdrawal, ...] = ()


class Flow(Read, frozen=True):
    """Participant flow."""

    pre_assignment_details: str | None = None
    recruitment_details: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[RegistryGroup, ...] = ()
    periods: tuple[Period, ...] = ()


class EventGroup(RegistryGroup, frozen=True):
    """A group of the tables of adverse events, with its totals."""

    deaths_num_affected: Whole | None = None
    deaths_num_at_risk: Whole | None = None
    serious_num_affected: Whole | None = None
    serious_num_at_risk: Whole | None = None
    other_num_affected: Whole | None = None
    other_num_at_risk: Whole | None = None


class EventCell(Read, frozen=True):
    """Events of one kind in one group; events are no patients."""

    group_id: str
    num_events: Whole | None = None
    num_affected: Whole | None = None
    num_at_risk: Whole | None = None


class Event(Read, frozen=True):
    """One row of a table of adverse events."""

    term: str
    organ_system: str | None = None
    source_vocabulary: str | None = None
    assessment_type: str | None = None
    notes: str | None = None
    stats: tuple[EventCell, ...] = ()


class Adverse(Read, frozen=True):
    """Adverse events."""

    frequency_threshold: str | None = None
    time_frame: str | None = None
    description: str | None = None
    all_cause_mortality_comment: str | None = None
    event_groups: tuple[EventGroup, ...] = ()
    serious_events: tuple[Event, ...] = ()
    other_events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        """Take a blank number as not there."""
        drop_blanks(self, "frequency_threshold")


class Caveats(Read, frozen=True):
    """Limitations and caveats of the results."""

    description: str | None = None


class MoreInfo(Read, frozen=True):
    """More about the results."""

    limitations_and_caveats: Caveats | None = None


class Results(Read, frozen=True):
    """The results section."""

    participant_flow_module: Flow | None = None
    baseline_characteristics_module: RegistryBaseline | None = None
    outcome_measures_module: OutcomeMeasures | None = None
    adverse_events_module: Adverse | None = None
    more_info_module: MoreInfo | None = None


class RegistryStudy(Read, frozen=True):
    """One record of the registry."""

    protocol_section: RegistryProtocol
    results_section: Results | None = None
    document_section: RegistryDocuments | None = None
    derived_section: Derived | None = None
