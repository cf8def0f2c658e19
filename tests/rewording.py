"""A plugin for pytest that words the errors of all libraries differently, as their next releases may: ``pytest -p tests.rewording``.

Every ``except … as error`` of the rooms is handed a stand-in for an error that was not raised by the rooms themselves. It has the class and
the attributes of the error; places, numbers and quoted parts stay, and all other words are foreign. A test that fails with this plugin and
passes without reads the words of a library, of Python or of the operating system: let it read ours. ``make oldest`` runs with it.
"""

from __future__ import annotations

import ast
import codecs
import dis
import re
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError

ROOT: Final = Path(__file__).parents[1]
#: What stays: the form in which pyoxigraph names a place, which ``graph.guard`` reads; quoted parts, paths, addresses, names of code.
_KEPT: Final = re.compile(r"(error at \d+:\d+|'[^']*'|\"[^\"]*\"|`[^`]*`|<[^>]*>|\S*[/\d]\S*|_\w+|\w*[_A-Z]\w*)")
#: Attributes in which libraries keep their words.
_WORDS: Final = {"strerror", "problem", "context", "note", "msg", "reason", "message"}
_RAISE: Final = dis.opmap["RAISE_VARARGS"]
_NAME: Final = "_rewording_of_errors"


def reword(text: str) -> str:
    """Return ``text`` in other words.

    >>> reword("mapping values are not allowed, line 3, in 'a b'")
    "znccvat inyhrf ner abg nyybjrq, yvar 3, va 'a b'"
    """
    return "".join(part if at % 2 else codecs.encode(part, "rot13") for at, part in enumerate(_KEPT.split(text)))


def details(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the details of an error of pydantic in other words, but for those that the rooms give it by raising an error."""
    return [each if "error" in each.get("ctx", {}) else {**each, "msg": reword(each["msg"])} for each in errors]


class Reworded:
    """Stands for an error in other words."""

    def __init__(self, error: BaseException) -> None:
        """Take the error."""
        self._error = error

    @property
    def __class__(self) -> Any:
        """The class of the error, for ``isinstance``."""
        return type(self._error)

    @__class__.setter
    def __class__(self, value: object) -> None:
        raise TypeError(value)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the error, in other words where it holds words."""
        value = getattr(self._error, name)
        return reword(value) if name in _WORDS and isinstance(value, str) else value

    def errors(self, *arguments: Any, **named: Any) -> list[dict[str, Any]]:
        """Return the details of an error of pydantic, in other words."""
        return details(self._error.errors(*arguments, **named))  # type: ignore[attr-defined]

    def __str__(self) -> str:
        """Return the message in other words."""
        return reword(str(self._error))

    def __repr__(self) -> str:
        """Return the error in other words."""
        return f"{type(self._error).__name__}({reword(str(self._error))!r})"


def stand_in(error: BaseException) -> Any:
    """Return what a handler of the rooms is handed instead of ``error``: the error itself where the rooms or the tests raised it.

    An error of time is theirs unless the system numbers it: ``asyncio`` raises such errors anew, without the place they were first raised at.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    anew = isinstance(error, TimeoutError) and error.errno is None
    # What the engine says of a query is read by graph.complaints, and what msgspec says of a record by ingest.registry: in the words of the
    # versions that are allowed.
    words_are_read = type(error) is SyntaxError or isinstance(error, msgspec.ValidationError)
    if type(error).__module__.startswith("mabgraph") or trace is None or anew or words_are_read:
        return error
    code = trace.tb_frame.f_code
    ours = Path(code.co_filename).is_relative_to(ROOT) and "site-packages" not in code.co_filename
    return error if ours and code.co_code[trace.tb_lasti] == _RAISE else Reworded(error)


class Handlers(ast.NodeTransformer):
    """Writes the stand-in into every handler that gives its error a name."""

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        """Return the handler with ``error = stand_in(error)`` as its first line."""
        self.generic_visit(node)
        if node.name is not None:
            (line,) = ast.parse(f"{node.name} = {_NAME}({node.name})").body
            for part in ast.walk(line):
                ast.copy_location(part, node)
            node.body.insert(0, line)
        return node


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = Handlers().visit(ast.parse(self.get_data(path), path))
        code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
        return code

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__[_NAME] = stand_in
        super().exec_module(module)


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not fullname.startswith("mabgraph."):
            return None
        for finder in sys.meta_path:
            spec: ModuleSpec | None = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if isinstance(spec.loader, SourceFileLoader):
                    spec.loader = _Loader(spec.loader.name, spec.loader.path)
                return spec
        return None


def pytest_load_initial_conftests() -> None:
    """Begin, before the first module of the rooms is imported; the import of this module alone changes nothing."""
    original: Callable[[Any], Any] = RequestValidationError.errors
    RequestValidationError.errors = lambda error: details(list(original(error)))  # type: ignore[assignment,method-assign]
    sys.meta_path.insert(0, _Finder())
