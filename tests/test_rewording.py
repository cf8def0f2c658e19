"""The plugin that words the errors of libraries differently: theirs change, ours stay, and classes and places do."""

from __future__ import annotations

import ast

import pytest
import yaml
from pydantic import BaseModel, ValidationError, field_validator

from mabgraph.ingest.errors import RecordError

from . import rewording


class Part(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def _small(cls, value: int) -> int:
        if value > 3:
            raise ValueError("at most three")
        return value


def raised(text: str) -> Exception:
    """Return the error that ``text`` ends in, run as if it were a module of the rooms."""
    code = compile(text, str(rewording.ROOT / "graph" / "invented.py"), "exec")
    with pytest.raises((ValueError, OSError, yaml.YAMLError, RecordError)) as caught:
        exec(code, {"yaml": yaml, "Part": Part, "RecordError": RecordError})
    return caught.value


@pytest.mark.parametrize("text", ["int('x1')", "open('/no/such/file')", "yaml.compose('a: 1\\n  b: 2')", "'\\udc80'.encode()"])
def test_the_words_of_others_change_and_the_class_stays(text: str) -> None:
    error = raised(text)
    other = rewording.stand_in(error)
    assert isinstance(other, type(error))
    assert str(other) != str(error)
    assert [part for part in str(other).split() if part.isdigit()] == [part for part in str(error).split() if part.isdigit()]


@pytest.mark.parametrize("text", ["raise ValueError('our words')", "raise RecordError('x.yaml:1: our words')"])
def test_our_own_words_stay(text: str) -> None:
    error = raised(text)
    assert rewording.stand_in(error) is error


def test_details_change_but_for_ours() -> None:
    theirs, ours = raised("Part(number='x')"), raised("Part(number=4)")
    assert isinstance(theirs, ValidationError)
    assert isinstance(ours, ValidationError)
    (before,), (after,) = theirs.errors(), rewording.stand_in(theirs).errors()
    assert after["msg"] != before["msg"]
    assert (after["type"], after["loc"]) == (before["type"], ("number",))
    assert "at most three" in rewording.stand_in(ours).errors()[0]["msg"]


def test_every_handler_with_a_name_is_handed_the_stand_in() -> None:
    source = "try:\n    f()\nexcept ValueError as error:\n    try:\n        g()\n    except OSError as inner:\n        pass\nexcept KeyError:\n    pass\n"
    written = ast.unparse(rewording.Handlers().visit(ast.parse(source)))
    assert written.count("_rewording_of_errors") == 2
    assert "_rewording_of_errors(error)" in written
    assert "_rewording_of_errors(inner)" in written
