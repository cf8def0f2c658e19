"""Wording of SPARQL error messages, as tables: the engine's messages in our words, and names of expected tokens."""

from __future__ import annotations

from typing import Final

#: Names of token kinds.
KINDS: Final = {
    "IRI": "an IRI in <>", "NAME": "a prefixed name", "VARIABLE": "a variable", "STRING": "a string", "NUMBER": "a number",
    "LANGUAGE": "a language tag", "BLANK": "a blank node", "FUNCTION": "a function", "AGGREGATE": "an aggregate", "the end": "the end",
}  # fmt: skip
_DATA: Final = "DATA takes no variables"
#: The engine's semantic errors, with remedies.
MEANINGS: Final = {
    "SELECT contains a variable that is unbound": "SELECT names a variable that GROUP BY does not: "
    "group by it as well, or take an aggregate of it, such as (SAMPLE(?x) AS ?one)",
    "SELECT * is not authorized with GROUP BY": "SELECT * does not go with GROUP BY: name the variables that are grouped by, or aggregates",
    "SELECT overrides an existing variable": "(… AS ?x) needs a variable that is used nowhere else: use another name after AS",
    "BIND is overriding an existing variable": "BIND (… AS ?x) needs a variable that is not used before it: use another name after AS",
    "Variables are not allowed in INSERT DATA": f"INSERT {_DATA}: write INSERT with a WHERE clause",
    "Variables are not allowed in DELETE DATA": f"DELETE {_DATA}: write DELETE with a WHERE clause",
    "Variables and blank nodes are not allowed in DELETE": f"DELETE {_DATA} and no blank nodes: write DELETE with a WHERE clause",
    "lank nodes are not allowed in DELETE": "DELETE takes no blank nodes: write a variable, and bind it in WHERE",
    "IRI parsing failed": "an IRI is malformed: check the text in <>, and the combination of prefix and local name",
}
VAGUE: Final = "syntax error here: check the text before and after"
SENSE: Final = (
    "the syntax is correct, but the query is invalid: BIND (… AS ?x) needs a new variable, each row of VALUES one value for "
    "each variable, and the name of a blank node belongs to one group"
)
_NAMES: Final = frozenset({"IRI", "NAME"})
_LITERALS: Final = frozenset({"STRING", "NUMBER", "'+'", "'-'", "'true'", "'false'"})
_CALLS: Final = frozenset({"FUNCTION", "AGGREGATE", "'('", "'COUNT'", "'GROUP_CONCAT'", "'EXISTS'", "'NOT'"})
#: Groups of terminals with a common name.
TOGETHER: Final = {
    "an expression": _NAMES | _LITERALS | _CALLS | {"VARIABLE", "'!'"},
    "a function, or an expression in brackets": _NAMES | _CALLS,
    "a term": _NAMES | _LITERALS | {"VARIABLE", "BLANK", "'('", "'['"},
    "a value": _NAMES | _LITERALS,
    "a property": _NAMES | {"'a'", "'^'", "'!'", "'('"},
}
#: Well-known prefixes, besides those of the dataset.
PREFIXES: Final = {
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
}
