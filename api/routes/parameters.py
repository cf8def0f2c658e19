"""Parameters of pages: one that a page does not read, or that has two values where one is read, is refused as look-ups refuse it."""

from __future__ import annotations

from typing import Any, Final, cast, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request

from ..http import problems
from ..http.problems import ProblemError

#: Most characters of a name or a value in a message.
SHOWN: Final = 80
#: Lists whose handlers read all parameters themselves, where they declare none: they refuse what they do not know.
_OWN: Final = frozenset({
    "/discrepancies", "/estimates", "/network", "/drugs", "/targets", "/conditions", "/studies", "/endpoints", "/documents",
})  # fmt: skip


def check_parameters(request: Request) -> None:
    """Refuse a request with a parameter that its route does not read, or with different values of one that it reads once.

    :raises ProblemError: (422) with the name, and what is allowed.
    """
    route, query = cast(APIRoute, request.scope["route"]), request.query_params
    allowed = _read_parameters(route)
    if not allowed and route.path in _OWN:
        return
    for name in query:
        shown = name[:SHOWN] or "a parameter without a name"
        if name not in allowed:
            remedy = f"allowed are {', '.join(allowed)}" if allowed else "none is allowed"
            raise ProblemError(problems.response(422, f"{shown}: unknown parameter; {remedy}"))
        values = list(dict.fromkeys(query.getlist(name)))
        if len(values) > 1 and name != "format" and get_origin(allowed[name]) is not list:
            listed = ", ".join(each[: SHOWN // 2] for each in values[:5])
            raise ProblemError(problems.response(422, f"{shown}: takes one value, not {listed}"))


def _read_parameters(route: APIRoute) -> dict[str, Any]:
    """Return the types of the parameters that ``route`` reads, by name; a model stands for its fields."""
    types: dict[str, Any] = {}
    for each in route.dependant.query_params:
        annotation = each.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            types |= {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        else:
            types[each.alias] = annotation
    return types
