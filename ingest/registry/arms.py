"""Arms: the planned groups of a registry record, and what is given in each: drugs by exact names, the rest as words of the regimen."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from . import names, pointers
from .groups import RegistryGroups
from .structs import Intervention, RegistryArm, RegistryArms, RegistryProtocol
from .writer import RegistryWriter, tidy

_ROLES: Final = {
    "EXPERIMENTAL": "intervention-arm", "ACTIVE_COMPARATOR": "comparator-arm", "PLACEBO_COMPARATOR": "placebo-arm",
    "SHAM_COMPARATOR": "sham-arm", "NO_INTERVENTION": "no-intervention-arm",
}  # fmt: skip
#: The kinds of intervention that are drugs, so that one without a name of a drug is flagged.
_DRUGS: Final = frozenset({"DRUG", "BIOLOGICAL", "COMBINATION_PRODUCT", None})


def write(writer: RegistryWriter, groups: RegistryGroups, protocol: RegistryProtocol) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the arms with their regimens; return all drugs of the study, and the words of interventions that no arm names."""
    module = protocol.arms_interventions_module or RegistryArms()
    drugs: dict[str, tuple[str, ...]] = {}
    by_name: dict[str, list[Intervention]] = {}
    by_label: dict[str, list[Intervention]] = {}
    for index, each in enumerate(module.interventions):
        drugs[names.fold(each.name)] = _drugs_of(writer, index, each)
        by_name.setdefault(names.fold(each.name), []).append(each)
        for label in dict.fromkeys(map(names.fold, each.arm_group_labels)):
            by_label.setdefault(label, []).append(each)
    _flag_unknown_arms(writer, module.interventions, {names.fold(arm.label) for arm in module.arm_groups})
    named: set[str] = set()
    for index, arm in enumerate(module.arm_groups):
        listed = dict.fromkeys(names.fold(name.partition(": ")[2] or name) for name in arm.intervention_names)
        own = [each for name in listed for each in by_name.get(name, ())]
        own += [each for each in by_label.get(names.fold(arm.label), ()) if names.fold(each.name) not in listed]
        named |= {names.fold(each.name) for each in own}
        arm_drugs = [drug for each in own for drug in drugs[names.fold(each.name)]]
        groups.add_arm(index, arm, _role_of(arm, protocol), tuple(dict.fromkeys(arm_drugs)), own)
    loose = [each for each in module.interventions if names.fold(each.name) not in named]
    every = dict.fromkeys(drug for each in drugs.values() for drug in each)
    return tuple(every), tuple(f"{(each.type or 'intervention').capitalize()}: {tidy(each.name)}" for each in loose)


def _drugs_of(writer: RegistryWriter, index: int, intervention: Intervention) -> tuple[str, ...]:
    """Return the drugs that an intervention is; one of a kind that is a drug, and that names none, is flagged."""
    name = intervention.name
    stated = names.drugs_of_intervention(writer.names.drugs, name, intervention.other_names)
    if not stated and intervention.type in _DRUGS:
        at = pointers.join("protocolSection", "armsInterventionsModule", "interventions", index, "name")
        near = writer.names.drugs.find_within(name)
        writer.flag("unmatched drug", at, f"{name[:80]!r} names no drug exactly" + (f"; in it: {', '.join(near)}" if near else ""))
    return stated


def _flag_unknown_arms(writer: RegistryWriter, interventions: Sequence[Intervention], known: Set[str]) -> None:
    for index, each in enumerate(interventions):
        for place, label in enumerate(each.arm_group_labels):
            if names.fold(label) not in known:
                at = pointers.join("protocolSection", "armsInterventionsModule", "interventions", index, "armGroupLabels", place)
                writer.flag("unknown arm", at, f"{label[:80]!r} is the label of no arm: the intervention is not put there")


def _role_of(arm: RegistryArm, protocol: RegistryProtocol) -> str | None:
    design = protocol.design_module
    single = design and design.design_info and design.design_info.intervention_model == "SINGLE_GROUP"
    alone = protocol.arms_interventions_module and len(protocol.arms_interventions_module.arm_groups) == 1
    return "single-arm" if single and alone else _ROLES.get(arm.type or "")
