"""A parser of the SPARQL 1.1 grammar that reports the first unexpected token and the tokens expected in its place.

The engine's parser reports where it last tried a rule, which is seldom the position of the error. This grammar (SPARQL
1.1 Query, 19.8, with LATERAL) is applied after the engine has refused a text, only to word the error message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

#: Words in quotes are keywords, signs stand for themselves, names in capitals are token kinds, others are rules.
_RULES: Final = """
Query = Prologue ( Select | Construct | Describe | Ask ) Values
Prologue = ( 'BASE' IRI | 'PREFIX' NAME IRI )*
Select = SelectClause Dataset* Where Modifiers
SubSelect = SelectClause Where Modifiers Values
SelectClause = 'SELECT' ( 'DISTINCT' | 'REDUCED' )? ( '*' | Item+ )
Item = VARIABLE | '(' Expression 'AS' VARIABLE ')'
Construct = 'CONSTRUCT' ( Template Dataset* Where Modifiers | Dataset* 'WHERE' Template Modifiers )
Describe = 'DESCRIBE' ( '*' | VarOrIri+ ) Dataset* Where? Modifiers
Ask = 'ASK' Dataset* Where Modifiers
Dataset = 'FROM' 'NAMED'? Iri
Where = 'WHERE'? Group
Modifiers = ( 'GROUP' 'BY' GroupCondition+ )? ( 'HAVING' Constraint+ )? ( 'ORDER' 'BY' OrderCondition+ )? Slice?
GroupCondition = VARIABLE | '(' Expression ( 'AS' VARIABLE )? ')' | Call
OrderCondition = VARIABLE | ( 'ASC' | 'DESC' ) '(' Expression ')' | Constraint
Constraint = '(' Expression ')' | Call
Call = BuiltIn | Iri Arguments
Slice = 'LIMIT' NUMBER ( 'OFFSET' NUMBER )? | 'OFFSET' NUMBER ( 'LIMIT' NUMBER )?
Values = ( 'VALUES' Block )?
Group = '{' ( SubSelect | Body ) '}'
Body = Triples? ( Part '.'? Triples? )*
Triples = Same ( '.' Same )* '.'?
Part = ( 'OPTIONAL' | 'MINUS' | 'LATERAL' ) Group | ( 'GRAPH' | 'SERVICE' 'SILENT'? ) VarOrIri Group | Filter | Bind | Data | Union
Data = 'VALUES' Block
Filter = 'FILTER' Constraint
Bind = 'BIND' '(' Expression 'AS' VARIABLE ')'
Union = Group ( 'UNION' Group )*
Template = '{' Triples? '}'
Same = Term Properties | Node Properties?
Properties = Verb Objects ( ';' ( Verb Objects )? )*
Verb = VARIABLE | Path
Objects = Object ( ',' Object )*
Object = Term | Node
Node = '(' Object+ ')' | '[' Properties ']'
Term = VARIABLE | Iri | Literal | BLANK | '(' ')' | '[' ']'
Literal = STRING ( LANGUAGE | '^^' Iri )? | ( '+' | '-' )? NUMBER | 'true' | 'false'
Iri = IRI | NAME
VarOrIri = VARIABLE | Iri
Path = Steps ( '|' Steps )*
Steps = Step ( '/' Step )*
Step = '^'? Primary ( '?' | '*' | '+' )?
Primary = Iri | 'a' | '!' Negated | '(' Path ')'
Negated = Direction | '(' ( Direction ( '|' Direction )* )? ')'
Direction = '^'? ( Iri | 'a' )
Expression = Conjunction ( '||' Conjunction )*
Conjunction = Relation ( '&&' Relation )*
Relation = Sum ( ( '=' | '!=' | '<=' | '>=' | '<' | '>' ) Sum | 'NOT' 'IN' List | 'IN' List )?
Sum = Product ( ( '+' | '-' ) Product )*
Product = Unary ( ( '*' | '/' ) Unary )*
Unary = ( '!' | '-' | '+' ) Unary | Value
Value = '(' Expression ')' | BuiltIn | Iri Arguments? | Literal | VARIABLE
Arguments = '(' ( 'DISTINCT'? Expression ( ',' Expression )* )? ')'
List = '(' ( Expression ( ',' Expression )* )? ')'
BuiltIn = 'NOT' 'EXISTS' Group | 'EXISTS' Group | Count | Concat | FUNCTION List | AGGREGATE '(' 'DISTINCT'? Expression ')'
Count = 'COUNT' '(' 'DISTINCT'? ( '*' | Expression ) ')'
Concat = 'GROUP_CONCAT' '(' 'DISTINCT'? Expression ( ';' 'SEPARATOR' '=' STRING )? ')'
Block = VARIABLE '{' Datum* '}' | '(' VARIABLE* ')' '{' Line* '}'
Line = '(' Datum* ')'
Datum = Iri | Literal | 'UNDEF'
Update = Prologue Operation ( ';' Prologue Operation? )*
Operation = Load | Clear | 'CREATE' 'SILENT'? 'GRAPH' Iri | Copy | Insert | Delete | 'WITH' Iri ( Delete | Insert )
Load = 'LOAD' 'SILENT'? Iri ( 'INTO' 'GRAPH' Iri )?
Clear = ( 'CLEAR' | 'DROP' ) 'SILENT'? ( 'DEFAULT' | 'NAMED' | 'ALL' | 'GRAPH' Iri )
Copy = ( 'ADD' | 'MOVE' | 'COPY' ) 'SILENT'? Place 'TO' Place
Place = 'DEFAULT' | 'GRAPH'? Iri
Insert = 'INSERT' ( 'DATA' Quads | Quads Using* 'WHERE' Group )
Delete = 'DELETE' ( 'DATA' Quads | 'WHERE' Quads | Quads ( 'INSERT' Quads )? Using* 'WHERE' Group )
Using = 'USING' 'NAMED'? Iri
Quads = '{' Triples? ( 'GRAPH' VarOrIri '{' Triples? '}' '.'? Triples? )* '}'
"""
AGGREGATES: Final = frozenset(["AVG", "MAX", "MIN", "SAMPLE", "SUM"])
FUNCTIONS: Final = frozenset(
    """ABS BNODE BOUND CEIL COALESCE CONCAT CONTAINS DATATYPE DAY ENCODE_FOR_URI FLOOR HOURS IF IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI
    LANG LANGMATCHES LCASE MD5 MINUTES MONTH NOW RAND REGEX REPLACE ROUND SAMETERM SECONDS SHA1 SHA256 SHA384 SHA512 STR STRAFTER STRBEFORE
    STRDT STRENDS STRLANG STRLEN STRSTARTS STRUUID SUBSTR TIMEZONE TZ UCASE URI UUID YEAR""".split()
)
#: Limits on the number of rules tried and on their nesting; parsing stops beyond them.
MOST: Final = 3_000_000
DEEPEST: Final = 200

#: The name of a prefix, bounded in length: otherwise a run of letters and hyphens would be rescanned from each position (quadratic).
_NAME: Final = r"[A-Za-z\u00c0-\U000effff][\w.\-\u00b7]{0,250}"
_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r\n]+|\#[^\r\n]*)"
    r'|(?P<STRING>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)*\')'
    r"|(?P<IRI><[^<>\"{}|^`\\\x00-\x20]*>)"
    rf"|(?P<BLANK>_:[\w](?:[\w.\-]*[\w\-])?)|(?P<NAME>(?:(?:{_NAME})?(?<!\.)):(?:(?:[\w:%\-]|\\.|\.(?=[\w:%\-.\\]))*))"
    r"|(?P<VARIABLE>[?$]\w+)|(?P<LANGUAGE>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[a-z]+)?)"
    r"|(?P<NUMBER>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w])|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>\^\^|\|\||&&|!=|<=|>=|[{}()\[\].,;*+/?|^!=<>-])|(?P<other>.)",
    re.DOTALL,
)
_PARTS: Final = re.compile(r"'[^']+'|[A-Za-z]+|[()|?*+]")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind (including ``word`` and ``sign``), its text, and its offset."""

    kind: str
    text: str
    start: int

    def fits(self, terminal: str) -> bool:
        """Whether the token matches a terminal of the grammar."""
        if terminal[0] == "'":
            word = terminal[1:-1]
            return self.text == word or (word != "a" and self.kind == "word" and self.text.upper() == word.upper())
        if terminal in {"FUNCTION", "AGGREGATE"}:
            return self.kind == "word" and self.text.upper() in (FUNCTIONS if terminal == "FUNCTION" else AGGREGATES)
        return self.kind == terminal


#: A part of a rule: a terminal or the name of a rule; ("seq" or "any", parts); ("?", "*" or "+", part).
_Part = str | tuple[str, tuple["_Part", ...]]


def tokens(text: str) -> list[Token]:
    """Return the tokens of ``text``, without spaces and comments; an unrecognised character is a token of the kind ``other``.

    An unterminated string ends the list with its quotation mark as ``other``: the rest cannot be tokenised.

    >>> [token.text for token in tokens("ASK { ?s a ex:b.c . } # x")]
    ['ASK', '{', '?s', 'a', 'ex:b.c', '.', '}']
    """
    read = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            read.append(Token(match.lastgroup or "", match[0], match.start()))
        if match.lastgroup == "other" and match[0] in {"'", '"'}:
            break
    return read


@dataclass(slots=True)
class ParseOutcome:
    """The outcome of a parse: the index of the first unexpected token, and the terminals expected there.

    ``whole`` is true if all tokens match. ``known`` is false if a limit was reached.
    """

    furthest: int = 0
    expected: set[str] = field(default_factory=set)
    whole: bool = False
    known: bool = True


def parse(read: Sequence[Token], start: str) -> ParseOutcome:
    """Parse ``read`` by the rule ``start``, ``Query`` or ``Update``."""
    parser = _Parser(read)
    try:
        end = parser.match(start, 0, 0)
    except (OverflowError, RecursionError):
        parser.outcome.known = False
        return parser.outcome
    if end is not None and end < len(read):
        parser.note_mismatch("the end", end)
    parser.outcome.whole = end == len(read)
    return parser.outcome


class _Parser:
    def __init__(self, read: Sequence[Token]) -> None:
        self._read, self._tried = read, 0
        self.outcome = ParseOutcome()

    def note_mismatch(self, terminal: str, place: int) -> None:
        if place > self.outcome.furthest:
            self.outcome.furthest, self.outcome.expected = place, set()
        if place == self.outcome.furthest:
            self.outcome.expected.add(terminal)

    def match(self, part: _Part, place: int, depth: int) -> int | None:
        """Return the index after ``part`` if it matches at ``place``, else None.

        :raises OverflowError: when a limit is reached.
        """
        self._tried += 1
        if depth > DEEPEST or self._tried > MOST:
            raise OverflowError
        if isinstance(part, str):
            if part in rules():
                return self.match(rules()[part], place, depth + 1)
            if place < len(self._read) and self._read[place].fits(part):
                return place + 1
            self.note_mismatch(part, place)
            return None
        how, parts = part
        if how == "any":
            ends = (self.match(each, place, depth) for each in parts)
            return next((end for end in ends if end is not None), None)
        if how == "seq":
            end: int | None = place
            for each in parts:
                if end is not None:
                    end = self.match(each, end, depth)
            return end
        return self._repeat(how, parts[0], place, depth)

    def _repeat(self, how: str, part: _Part, place: int, depth: int) -> int | None:
        end = self.match(part, place, depth)
        if end is None:
            return None if how == "+" else place
        while how != "?" and (more := self.match(part, end, depth)) is not None and more > end:
            end = more
        return end


@cache
def rules() -> dict[str, _Part]:
    """Return the rules of the grammar by name."""
    read: dict[str, _Part] = {}
    for line in _RULES.strip().splitlines():
        name, _, text = line.partition(" = ")
        read[name] = _parse_alternatives(iter(_PARTS.findall(text)))
    return read


def _parse_alternatives(parts: Iterator[str]) -> _Part:
    """Parse alternatives up to the closing bracket or the end."""
    several: list[list[_Part]] = [[]]
    for part in parts:
        if part == ")":
            break
        if part == "|":
            several.append([])
        elif part == "(":
            several[-1].append(_parse_alternatives(parts))
        elif part in "?*+":
            several[-1][-1] = (part, (several[-1][-1],))
        else:
            several[-1].append(part)
    choices = tuple(each[0] if len(each) == 1 else ("seq", tuple(each)) for each in several)
    return choices[0] if len(choices) == 1 else ("any", choices)
