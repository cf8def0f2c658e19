r"""The terminals of SPARQL (SPARQL 1.1, 19.8, with the signs of 1.2) as regular expressions that match in linear time.

::

    IRIREF            '<' ([^<>"{}|^`\]-[#x00-#x20])* '>'         (the engine reads \uXXXX and \UXXXXXXXX within)
    PNAME_NS          PN_PREFIX? ':'
    PNAME_LN          PNAME_NS PN_LOCAL
    BLANK_NODE_LABEL  '_:' ( PN_CHARS_U | [0-9] ) ((PN_CHARS|'.')* PN_CHARS)?
    VAR1, VAR2        ('?' | '$') ( PN_CHARS_U | [0-9] ) ( PN_CHARS_U | [0-9] | #xB7 | [#x300-#x36F] | [#x203F-#x2040] )*
    LANG_DIR          '@' [a-zA-Z]+ ('-' [a-zA-Z0-9]+)* ('--' [a-zA-Z]+)?
    STRING_LITERAL1   "'" ( [^#x27#x5C#xA#xD] | ECHAR )* "'"      (2: the same with '"')
    STRING_LITERAL_LONG1  "'''" ( ( "'" | "''" )? ( [^'\] | ECHAR ) )* "'''"
    ECHAR             '\' [tbnrf\"']                              (the engine reads \uXXXX and \UXXXXXXXX as well)
    PN_PREFIX         PN_CHARS_BASE ((PN_CHARS|'.')* PN_CHARS)?
    PN_LOCAL          (PN_CHARS_U | ':' | [0-9] | PLX ) ((PN_CHARS | '.' | ':' | PLX)* (PN_CHARS | ':' | PLX) )?
    PLX               '%' HEX HEX | '\' [_~.-!$&'()*+,;=/?#@%]
    comment           '#' outside an IRI or string, to the end of the line

Every repetition is possessive: there is no backtracking. Possessive groups are avoided because of a bug in the standard library's ``re``.
"""

from __future__ import annotations

import re
from typing import Final

_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_FIRST: Final = f"[{_BASE}_0-9]"
_NEXT: Final = f"{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040"
_CODE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ECHAR: Final = rf"\\[tbnrf\\\"']|{_CODE}"
_PLX: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LONG: Final = "|".join(rf"{q * 3}[^{q}\\]*+(?:(?:{q}(?!{q * 2})|{_ECHAR})[^{q}\\]*+)*+{q * 3}" for q in "'\"")
_SHORT: Final = "|".join(rf"{q}[^{q}\\\r\n]*+(?:(?:{_ECHAR})[^{q}\\\r\n]*+)*+{q}" for q in "'\"")
#: A token by its first characters, except the less-than sign; a run may contain keywords, numbers or a prefix.
TOKEN: Final = re.compile(
    rf"(?P<run>{_FIRST}[{_NEXT}.\-]*+)"
    rf"|(?P<name>[?$]{_FIRST}[{_NEXT}]*+|@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+)"
    rf"|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<colon>:)|(?P<sign>[;,.|*^=&!+\-~]++|\?)"
    rf"|(?P<long>{_LONG})|(?P<string>{_SHORT})|(?P<greater>>>?)|(?P<slash>/)"
)
#: A run of unambiguous tokens other than brackets: names, strings, words and prefixed names.
PLAIN: Final = re.compile(
    rf"(?:[ \t\r\n]*+(?:{_FIRST}[{_NEXT}\-]*+(?![:.])|[?$]{_FIRST}[{_NEXT}]*+|@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?!-)"
    rf"|{_LONG}|{_SHORT}|[{_BASE}][{_NEXT}.\-]*+(?<!_):(?:[{_NEXT}:\-]|{_PLX})++(?:\.++(?:[{_NEXT}:\-]|{_PLX})++)*+))++"
)
#: A string on one line without escapes, which is unambiguous.
STRING: Final = re.compile(r"'(?!'')[^'\\\r\n]*+'|\"(?!\"\")[^\"\\\r\n]*+\"")
#: A run of operators, numbers and variables within round brackets; and the places in it where one value follows another.
TERMS: Final = re.compile(
    rf"(?:[ \t\r\n]*+(?:[|*^=&!+\-~;,.>]|/(?![ \t\r\n]*+/)|[0-9]++(?:\.[0-9]++)?+(?![{_NEXT}.:])|[?$]{_FIRST}[{_NEXT}]*+))++"
)
PAIRED: Final = re.compile(rf"[{_NEXT}](?:[ \t\r\n]++(?=[{_NEXT}?$])|(?=[?$]))")
#: An IRI, a local name, a label, white space, the end of a line.
IRI: Final = re.compile(rf"<((?:[^<>\"{{}}|^`\\\x00-\x20]|{_CODE})*+)>")
LOCAL: Final = re.compile(rf"(?:[{_NEXT}:\-]|{_PLX})++(?:\.++(?:[{_NEXT}:\-]|{_PLX})++)*+")
LABEL: Final = re.compile(rf"{_FIRST}[{_NEXT}\-]*+(?:\.++[{_NEXT}\-]++)*+")
SPACE: Final = re.compile(r"[ \t\r\n]*+")
LINE_END: Final = re.compile(r"[\r\n]|\Z")
#: An escape of an invalid code point: the engine then reads a long string as an empty one followed by other tokens.
NO_CHARACTER: Final = re.compile(r"\\u[dD][89a-fA-F]|\\U(?:0000[dD][89a-fA-F]|(?!0000|000[1-9a-fA-F]|0010))")
#: A number or boolean at the end of a run, which a comparison can follow.
VALUE: Final = re.compile(r"(?:[0-9]|true|false)\Z", re.IGNORECASE)
PAIRS: Final = {")": "(", "]": "[", "}": "{", ">>": "<<"}
SIGNS: Final = frozenset("|*^=&!+-~;,.")
#: A run that is one number or boolean; two need at least two characters each.
ONE: Final = re.compile(r"[0-9]++(?:\.[0-9]++)?+(?:[eE][0-9]++)?+|true|false")
