"""Plans: which arms a trial without results is to compare, where the types of its arms say so.

An arm that is registered as experimental is compared with one that is registered as a comparator, where chance assigns parallel groups. It
is stated only where nothing is left open: with one experimental arm, or one comparator. Results state their own directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..figures import Node
from .groups import RegistryGroups
from .structs import RegistryArm, RegistryProtocol
from .writer import RegistryWriter

_COMPARATORS: Final = frozenset({"ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION"})
_EXPERIMENTAL: Final = "EXPERIMENTAL"


def write_comparisons(writer: RegistryWriter, groups: RegistryGroups, protocol: RegistryProtocol) -> None:
    """Write the comparisons that the types of the arms state."""
    design, module = protocol.design_module, protocol.arms_interventions_module
    info = design.design_info if design else None
    if module is None or info is None or info.allocation != "RANDOMIZED" or info.intervention_model != "PARALLEL":
        return
    for one, other in find_pairs(module.arm_groups):
        sides = [writer.name("group", f"arm-{index}") for index in (one, other)]
        node: Node = {
            "type": "Comparison", "label": " versus ".join(groups.labels[side] for side in sides), "study": writer.study,
            "intervention": sides[0], "comparator": sides[1], "directionBasis": "by-arm-types",
        }  # fmt: skip
        writer.add("comparison", f"planned-{one}-{other}", node)


def find_pairs(arms: Sequence[RegistryArm]) -> list[tuple[int, int]]:
    """Return which arms are compared with which, by their numbers; none where the types of the arms leave it open.

    >>> [find_pairs([RegistryArm(label=kind, type=kind) for kind in kinds]) for kinds in (
    ...     ("EXPERIMENTAL", "PLACEBO_COMPARATOR"), ("EXPERIMENTAL", "EXPERIMENTAL"), ("ACTIVE_COMPARATOR", "EXPERIMENTAL", "OTHER"))]
    [[(0, 1)], [], []]
    """
    experimental = [index for index, arm in enumerate(arms) if arm.type == _EXPERIMENTAL]
    comparators = [index for index, arm in enumerate(arms) if arm.type in _COMPARATORS]
    if len(experimental) + len(comparators) != len(arms) or 1 not in {len(experimental), len(comparators)}:
        return []
    return [(one, other) for one in experimental for other in comparators]
