"""Queries and updates made up from the grammar of SPARQL 1.1 and 1.2, by chance that can be repeated, to try the guard with.

Every place that takes a term, a string, space or a keyword takes every kind of escape, quoting, comment, case and missing space, and what
looks like a keyword there. Where the text is *live*, somewhere in it stands a keyword that reaches out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

#: What a string, comment or name is made of: signs that open or close something elsewhere, and words that are none there.
INSIDE: Final = (
    "a", "b c", "SERVICE", " SERVICE <{url}> {{ ?s ?p ?o }} ", "service", "LOAD <{url}>", "FROM <a:b>", "NOW()", "#", "<", ">", "'", '"',
    "'''", '"""', "\\\\", "\\n", "\\t", "\\'", '\\"', "\\u0027", "\\u0022", "\\U00000023", "\\u003c", "{{", "}}", "(", ")", "[", "]", "|", "?",
    "$x", "@en", "%27", ":", "_:x", "é", "\u4e2d", "\U0001f600", "\u200c", "/*", "//", "--",
)  # fmt: skip
#: Pieces of local names.
LOCAL: Final = (
    "a", "b1", "-x", "_", "SERVICE", "Service", "load", "from", "now", "\\#", "\\'", "\\(", "\\)", "\\,", "\\;", "\\/", "\\?", "\\@", "\\&",
    "\\!", "\\$", "\\*", "\\+", "\\=", "\\~", "\\.", "\\-", "%27", "%23", "%3C", ":", ".x", "..y", "é", "·",
)  # fmt: skip
#: Those that every parser reads in one way.
PLAIN: Final = ("a", "b1", "-x", "_", "SERVICE", "Service", "load", "from", "now", "é")
#: Space between tokens, for texts on one line and for others.
SPACES: Final = ((" ",), (" ", "  ", "\t"), (" ", "\n", "\t", "\r\n", "# SERVICE\n", "#'\n", '#"""\r', "#<\n", "#{inside}\n"))
#: What mutations splice in.
SPLICES: Final = (
    "\\#", "\\'", '\\"', "<'>'", "1<'>'||", "1<\">\"||", '"""', "'''", "'", '"', "#\n", "#", "\n", "\\u0022", "\\u0027", "\\u0023", "\\U0000003E", "<", ">",
    "<#>", "<<", ">>", "ex:a\\#", "ex:a\\'b", "ex:", ":", "_:", "?", "@", "@en", "true", "1", "1.", "a.b.", ".", ";", ",", "{", "}", "(", ")", "[", "]", "{|",
    "|}", "<(", ")>", "\\", "%27", "/", "//", "!", "^", "|", "\t", " ", "", "\r", "\x0b", "\xa0", "\ufffd", "SELECT", "a", "e:SERVICE",
)  # fmt: skip
PREFIXES: Final = (
    "PREFIX ex: <http://e/>", "PREFIX : <{url}>", "PREFIX e: <urn:e:>", "PREFIX e1: <http://e/#>", "BASE <http://b/>", "VERSION '1.2'",
)  # fmt: skip
#: Prefixes with which a name may be read as a prefix and a keyword.
BROKEN: Final = ("PREFIX x: <http://[::1]>", "PREFIX x: <http://h:80>", "PREFIX SERVICE: <urn:e:>", "PREFIX aSERVICE: <urn:e:>", "PREFIX x: <>")


class Writer:
    """Writes texts that reach out to ``url`` where they are live, and do not where they are not."""

    def __init__(self, chance: Random, url: str, live: bool, odd: bool = True) -> None:
        """Take chance, and whether texts reach out; ``odd`` ones may be such that two parsers read them in two ways."""
        self._chance, self._url, self._live, self._odd = chance, url, live, odd
        self._depth = self._names = 0
        self._spaces = self._any(SPACES)
        self._broken = chance.choice((*BROKEN, "")) if odd else ""

    def query(self) -> str:
        """Return a query."""
        forms = (
            "SELECT * {from} WHERE {group}", "SELECT ?s {from} {group}", "SELECT DISTINCT ({value} AS ?{fresh}) {from} {group}", "ASK {from} {group}",
            "CONSTRUCT {{ ?s ?p {term} }} {from} WHERE {group}", "DESCRIBE ?s {iri} {from} {group}", "SELECT * {from} {group} ORDER BY {paren} ?s",
            "SELECT (1 AS ?{fresh}) {from} {group} GROUP BY ?s {paren} HAVING ( true )", "SELECT * {from} {group} LIMIT 10 VALUES ?v {{ {data} }}",
        )  # fmt: skip
        text = self._filled(self._any(forms), service=self._live)
        return f"{self._prologue()}{self._space()}{text}"

    def update(self) -> str:
        """Return an update of one or more operations."""
        operations = [self._any(_OPERATIONS) for _ in range(self._chance.randint(1, 3))]
        if self._live:
            reaching = ("LOAD <{url}>", "LOAD SILENT <{url}> INTO GRAPH <g:g>", "INSERT {{ ?s ?p ?o }} WHERE {live}")
            operations.insert(self._chance.randint(0, len(operations)), self._any(reaching))
        return f"{self._prologue()}{self._space()}{(self._space() + ';' + self._space()).join(map(self._filled, operations))}"

    def mutated(self, text: str) -> str:
        """Return ``text`` with one to four pieces spliced in or over it."""
        for _ in range(self._chance.randint(1, 4)):
            at = self._chance.randint(0, len(text))
            text = text[:at] + self._any(SPLICES) + text[at + self._chance.choice((0, 0, 0, 1, 2)) :]
        return text

    def _any(self, choices: Sequence[T]) -> T:
        return self._chance.choice(choices)

    def _fresh(self) -> str:
        self._names += 1
        return self._any(("n", "service", "load", "from", "now")) + str(self._names)

    def _prologue(self) -> str:
        kept = [*PREFIXES, *filter(None, [self._broken])]
        return self._space(1).join(self._cased(each.format(url=self._url)) for each in kept) + " "

    def _cased(self, words: str) -> str:
        return self._chance.choice((str, str, str.lower, str.title))(words) if "<" not in words else words

    def _space(self, least: int = 0) -> str:
        if not least and self._chance.random() < 0.2:
            return ""
        return self._any(self._spaces).replace("{inside}", self._inside())

    def _inside(self) -> str:
        pieces = [self._any(INSIDE).format(url=self._url) for _ in range(self._chance.randint(0, 3))]
        return "".join(pieces).replace("\n", " ").replace("\r", " ")

    def _filled(self, form: str, service: bool = False) -> str:
        """Return ``form`` with its fields written, and space of any kind where it has a blank."""
        fields: dict[str, Callable[[], str]] = {
            "group": lambda: self._group(service), "live": lambda: self._group(True), "value": self._value, "paren": lambda: f"({self._value()})", "term": self._term,
            "iri": self._iri, "data": self._data, "from": self._from, "string": self._string, "verb": self._verb, "url": lambda: self._url, "var": self._variable,
            "plain": lambda: self._group(False), "fresh": self._fresh, "list": lambda: f"({self._space()}{self._term()} {self._term()})",
        }  # fmt: skip
        written = []
        for number, piece in enumerate(form.replace("{{", "\0").replace("}}", "\1").replace("{", "\2").replace("}", "\2").split("\2")):
            if number % 2:
                written.append(fields[piece]())
            else:
                words = piece.replace("\0", "{").replace("\1", "}").split(" ")
                written.append("".join(self._joined(words)))
        return "".join(written)

    def _joined(self, words: list[str]) -> list[str]:
        """Return ``words`` with space between; none now and then where a sign is at either side."""
        joined = [self._cased(words[0])]
        for before, word in zip(words, words[1:], strict=False):
            joined += [self._space(bool(before[-1:].isalnum() or word[:1].isalnum() or not before or not word)), self._cased(word)]
        return joined

    def _from(self) -> str:
        return self._any(("", "", "", " FROM <g:g> ", "FROM NAMED ex:g "))

    def _group(self, service: bool) -> str:
        """Return a group of patterns, with a SERVICE in it or in a group within it where it is wanted."""
        self._depth += 1
        kept = "OPTIONAL {{ %s }}" if service and self._chance.random() < 0.8 else "%s"
        parts = [self._filled(kept % self._any(_PATTERNS[: 9 if self._depth > 2 else None])) for _ in range(self._chance.randint(0, 3))]
        if service:
            forms = _SERVICES if self._depth > 2 or self._chance.random() < 0.6 else _AROUND
            parts.insert(self._chance.randint(0, len(parts)), self._filled(self._any(forms)))
            if self._odd and self._chance.random() < 0.4:
                parts = [self._filled(self._any(_BEFORE)), *parts, self._filled(self._any(_BEHIND))]
        self._depth -= 1
        return "{" + self._space() + self._any((" ", ".", "\n")).join(parts) + self._space() + "}"

    def _variable(self) -> str:
        return self._any(("?s", "?p", "?o", "$x", "?service", "?SERVICE1", "$load", "?from", "?now", "?é", "?1"))

    def _iri(self) -> str:
        if self._chance.random() < 0.7:
            return self._prefixed()
        return self._any(("<a:b>", "<http://e/service>", "<http://e/#service>", "<urn:SERVICE>", "<http://e/?load=1&from=2>", "<http://e/it's>", "<a:\\u0062>"))

    def _prefixed(self) -> str:
        pieces = [self._any(LOCAL if self._odd else PLAIN) for _ in range(self._chance.randint(0, 3))]
        declared = [self._broken.split()[1]] if self._broken else []
        return self._any(["ex:", "e:", "e1:", ":", *declared]) + "".join(pieces).lstrip(".-·")

    def _string(self) -> str:
        quote = self._any(("'", '"', "'''", '"""'))
        text = "".join(self._any(INSIDE).format(url=self._url) for _ in range(self._chance.randint(0, 4)))
        if len(quote) == 3:
            text = (text + self._any(("", "\n", "x\n"))).replace(quote, "").replace(quote, "").rstrip(quote[0] + "\\")
        else:
            text = "".join("\\" + each if each == quote and before != "\\" else each for before, each in zip(" " + text, text, strict=False))
        if not self._odd:
            text = text.replace("\\u", "").replace("\\U", "")
        return quote + text + quote

    def _verb(self) -> str:
        return self._any(("a", "?p", self._iri(), f"{self._iri()}/^{self._iri()}", f"!({self._iri()}|^a)", f"({self._iri()})*", f"{self._iri()}?"))

    def _term(self) -> str:
        if self._depth < 4 and self._chance.random() < 0.15:
            self._depth += 1
            deep = self._filled(self._any(("[ {verb} {term} ]", "( {term} {term} )", "<<( {var} {iri} {term} )>>" if self._odd else "[]")))
            self._depth -= 1
            return deep
        simple = (self._variable(), self._iri(), self._string(), f"{self._string()}@{self._any(('en', 'service', 'en-SERVICE'))}", f"{self._string()}^^{self._iri()}")
        return self._any((*simple, "1", "-1.5", "+2e3", "true", "false", f"_:{self._fresh()}", "[]", "()"))

    def _data(self) -> str:
        return self._space(1).join(self._any(("1", "true", self._iri(), self._string(), "UNDEF")) for _ in range(self._chance.randint(0, 4)))

    def _value(self) -> str:
        """Return an expression."""
        if self._depth > 4:
            return self._any(("1", "?s", "true", self._string()))
        self._depth += 1
        value = self._filled(self._any(_VALUES if self._odd else _PLAIN_VALUES))
        self._depth -= 1
        return value


_SERVICES: Final = (
    "SERVICE <{url}> {{ ?s ?p ?o }}", "SERVICE SILENT <{url}> {{ ?s ?p ?o }}", "SERVICE<{url}>{{ ?s ?p {term} }}", "SERVICE : {plain}", "SERVICE:{plain}",
    "{{ ?s ?p ?o }} UNION {{ SERVICE <{url}> {plain} }}", "SERVICESILENT<{url}>{{}}", "VALUES ?v {{ true }} SERVICE <{url}> {plain}", "BIND(1 AS ?{fresh})SERVICE<{url}>{{}}",
)  # fmt: skip
_AROUND: Final = (
    "{live}", "OPTIONAL {live}", "{plain} UNION {live}", "{live} UNION {plain}", "MINUS {live}", "GRAPH ?g {live}", "{{ SELECT * WHERE {live} }}", "FILTER EXISTS {live}",
    "FILTER NOT EXISTS {live}", "FILTER ( {value} || EXISTS {live} )", "BIND ( EXISTS {live} AS ?{fresh} )", "LATERAL {{ {live} }}", "FILTER ( IF( EXISTS {live} , {value} , 1 ) )",
)  # fmt: skip
#: What hides what stands between from a reader who takes one sign for another.
_BEFORE: Final = (
    "OPTIONAL {{ ?s ?p ex:a\\#b }}", "OPTIONAL {{ ?s ?p ex:a\\'b }}", "OPTIONAL {{ ?s ?p e:\\'\\# , {string} }}", "FILTER ( 1<'>'||true )", 'FILTER ( true||1<">" )',
    "VALUES ?v {{ '''a''b''' }}", 'VALUES ?v {{ """a"b\'""" }}', "OPTIONAL {{ ?s ?p '\\\\' }}", "FILTER ( true||?o<?s&&?s>?o )", "FILTER ( true||1<<a:b#> )",
    "OPTIONAL {{ ?s e:a\\#b ?o }}", "OPTIONAL {{ ?s ?p ex:%27 , '' , \"\" }}", "FILTER ( true||?s<'#>' )", "BIND ( ex:a\\'b AS ?{fresh} )",
)  # fmt: skip
_BEHIND: Final = ("OPTIONAL {{ ?s ?p 'z' }}", 'OPTIONAL {{ ?s ?p "z" }}', 'OPTIONAL {{ ?s ?p "\'" }}', "VALUES ?{fresh} {{ '''z''' }}", "FILTER ( true||'>'='z' )", "")
_PATTERNS: Final = (
    "?s {verb} {term} .", "{term} {verb} {term} ; {verb} {term} , {term} .", "{var} {verb} {list}", "FILTER {paren}", "BIND ( {value} AS ?{fresh} )", "VALUES ?v {{ {data} }}",
    "VALUES ( ?v ) {{ ( {iri} ) ( {string} ) }}", "<< ?s {iri} {term} >> {verb} {term} .", "?s {iri} {term} {{| {iri} {term} |}} .", "OPTIONAL {plain}", "{plain} UNION {plain}",
    "MINUS {plain}", "GRAPH {iri} {plain}", "FILTER NOT EXISTS {plain}", "{{ SELECT * {{ ?s ?p {term} }} LIMIT 1 }}", "{plain}",
)  # fmt: skip
_PLAIN_VALUES: Final = (
    "1", "?s", "{string}", "{iri}", "{value} || {value}", "{value} && {value}", "! {value}", "( {value} )", "STR( {value} )", "REGEX( {string} , {string} )", "{value} + {value}",
    "{value} = {value}", "{value} > {value}", "?o < 1", "{value} IN ( {value} , {iri} )", "IF( {value} , {value} , {value} )", "COALESCE( {value} )", "- {value}", "EXISTS {plain}",
)  # fmt: skip
_VALUES: Final = (
    *_PLAIN_VALUES, "1<{string}", "?o<{string}||{value}", "{value}<{value}", "1<'>'||{value}", '1<">"||{value}', "?a<?b&&?c>?d", "1<2||3>{value}", "1 < {iri}", "{value}<={value}",
    "NOW()", "?a<(?b)&&?c>{value}",
)  # fmt: skip
_OPERATIONS: Final = (
    "INSERT DATA {{ <a:s> <a:p> {string} }}", "DELETE DATA {{ <a:s> <a:p> {string} }}", "DELETE WHERE {{ ?s <a:p> {string} }}", "CLEAR SILENT ALL", "DROP SILENT GRAPH {iri}",
    "INSERT {{ ?s ?p {string} }} WHERE {plain}", "WITH <g:g> DELETE {{ ?s ?p ?o }} INSERT {{ ?s ?p 1 }} USING <g:h> WHERE {plain}", "CREATE SILENT GRAPH {iri}",
    "COPY SILENT DEFAULT TO {iri}", "DELETE {{ ?s ?p ?o }} WHERE {plain}",
)  # fmt: skip
