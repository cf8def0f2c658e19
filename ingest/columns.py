"""Columns of tables that are no groups or comparisons: what the name of a mark stands for."""

from __future__ import annotations

from .parts import Item, Slug


class ColumnSettings(Item):
    """What one column of a table or row is of, where its name is not that of a group or comparison: two effects of one comparison, say.

    What it does not state is as in the row.
    """

    group: Slug | None = None
    comparison: Slug | None = None
    measure: Slug | None = None
    effect: Slug | None = None
    analysis: Slug | None = None
    unit: Slug | None = None
    effect_unit: Slug | None = None
    time_unit: Slug | None = None
