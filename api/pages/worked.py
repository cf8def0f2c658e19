"""Worked comparisons in short: how many results each has, what they tell, and whether they may be pooled; kept for the dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mabgraph.graph.compare import compare, pooling
from mabgraph.graph.compare.comparability import Comparability
from mabgraph.graph.compare.pooling import Refusal
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import QuestionError, UnknownName

from ..collections import models, resources
from ..exports import gallery, selection

#: A comparison of more results is counted, and not worked out for the start page.
MOST: Final = 60


@dataclass(frozen=True)
class WorkedOut:
    """A worked comparison: its address, its question, how many results it has, what they tell, and whether they may be pooled."""

    address: str
    question: str
    total: int
    classes: tuple[str, ...]
    pooled: str


def comparisons(catalogue: Catalogue) -> tuple[WorkedOut, ...]:
    """Return the worked comparisons of which the dataset knows all names."""
    return catalogue.once("worked comparisons", _work_out_all)


def _work_out_all(catalogue: Catalogue) -> tuple[WorkedOut, ...]:
    several = (_work_out(catalogue, each) for each in gallery.EXAMPLES)
    return tuple(each for each in several if each is not None)


def _work_out(catalogue: Catalogue, worked: gallery.WorkedComparison) -> WorkedOut | None:
    """Return a worked comparison in short; none where the dataset does not know one of its names."""
    asked = selection.Filters.model_validate(worked.filters(), from_attributes=True)
    filters = models.question_parameters(resources.ESTIMATES, asked, selection.SynthesisParameters)
    address = f"/compare?{worked.query}"
    try:
        total = catalogue.page("estimates-page", filters, 1)[1]
    except (UnknownName, QuestionError):
        return None
    if not 0 < total <= MOST:
        return WorkedOut(address, worked.question, total, (), "too many to say at once" if total else "no result")
    compared = compare.compare(catalogue, filters)
    classes = tuple(each for each in Comparability if each in compared.classes.values())
    outcome = pooling.act(compared, pooling.Action.pool, ())
    if not isinstance(outcome, Refusal):
        pooled = "may be pooled"
    elif outcome.codes:
        number = len(outcome.codes)
        pooled = f"after weighing {number} {'reason' if number == 1 else 'reasons'}"
    else:
        pooled = "no"
    return WorkedOut(address, worked.question, total, classes, pooled)
