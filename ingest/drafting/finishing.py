"""What is to be done with a record after a walk through its proposals, as commands to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from .. import record as record_type
from ..errors import RecordError
from ..seals import seal_fault
from .reviewing import Review


def next_steps(review: Review, documents: Path) -> Iterator[str]:
    """Yield a line for each thing to do next; ``documents`` is the folder of the document's text."""
    path, folder = shlex.quote(str(review.path)), shlex.quote(str(documents))
    if review.count("ready", "open"):
        yield f"to go on: mabgraph review {path} --documents {folder}"
    try:
        record_type.validate(review.file)
    except RecordError as error:
        yield f"the record is not finished: {str(error).splitlines()[0]}"
        yield f"next: complete it (docs/records.md); mabgraph check {path} lists what is missing"
        return
    if seal_fault(review.file):
        yield f"next: mabgraph anchor {path} --documents {folder} (seals the rows that were accepted)"
        yield f"then: mabgraph check {path} --documents {folder}"
    else:
        yield f"the record is sealed; next: mabgraph check {path} --documents {folder}"
