"""The OpenAPI document is a contract: whatever is asked within it or beside it, every answer is one that it describes."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode

from mabgraph.api.app import create_app
from mabgraph.api.settings import Settings

#: What the document does not say: which names there are. A request that is valid by its types may name what nobody knows (404, 422).
NOT_PROMISED = {"positive_data_acceptance"}
EXAMPLES = 15


@pytest.fixture(scope="module")
def contract(example_directory: Path) -> schemathesis.BaseSchema:
    """Return the document of a service over the invented dataset."""
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(dataset=example_directory)))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: str(mode.value))
def test_every_answer_is_one_that_is_described(contract: schemathesis.BaseSchema, mode: GenerationMode) -> None:
    """No fault of the service; every status, media type and body is one of the document's."""
    excluded: list[Any] = [check for check in CHECKS.get_all() if check.__name__ in NOT_PROMISED]
    assert len(excluded) == len(NOT_PROMISED)
    seen: Counter[int] = Counter()
    operations: list[Any] = [cast(Any, found).ok() for found in contract.get_all_operations()]
    assert len(operations) > 40
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )  # fmt: skip
        def ask(case: Any) -> None:
            response = case.call()
            case.validate_response(response, excluded_checks=excluded)
            seen[response.status_code] += 1

        with suppress(Unsatisfiable):  # nothing that this operation takes can be wrong by its type
            ask()
    wanted = {200, 404, 422} if mode is GenerationMode.POSITIVE else {422}
    assert wanted <= seen.keys()
    assert sum(seen.values()) > 300
