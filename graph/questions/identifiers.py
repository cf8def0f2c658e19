"""Identifiers: maps the printed forms of identifiers to the forms used as names in the graph.

A DOI is printed bare, after ``doi:``, as a URL of a resolver or publisher, and at the end of a sentence; likewise registry
numbers, and identifiers of ontologies and databases, whose prefixes are written in several ways. Each form gives candidate names
in the graph. A URL gives one only if its site is known to use that identifier, since the last part of any other URL may be
anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from ..store import vocabulary

#: Longer texts are not identifiers (characters).
LONGEST: Final = 500
#: Prefixes used in the graph, with their synonyms.
_WRITTEN: Final = {
    "uniprot": "uniprotkb uniprot up", "hgnc": "hgnc", "NCIT": "ncit ncithesaurus nci", "MONDO": "mondo", "DOID": "doid do", "EFO": "efo",
    "CHEBI": "chebi", "STATO": "stato", "OBI": "obi", "mesh": "mesh msh", "drugbank": "drugbank", "chembl": "chembl chembl.compound",
    "kegg.drug": "kegg.drug kegg kegg_drug", "rxnorm": "rxnorm rxcui", "atc": "atc atccode", "cas": "cas casrn casno", "unii": "unii",
    "inn": "inn", "iuphar": "iuphar gtopdb",
}  # fmt: skip
_PREFIXES: Final = {written: prefix for prefix, several in _WRITTEN.items() for written in several.split()}
#: Prefixes of registries whose numbers are recognisable without a prefix.
_REGISTERS: Final = frozenset({"clinicaltrials", "clinicaltrial", "nct", "ctgov", "eudract", "pmid", "pubmed", "pmc", "pmcid"})
#: Sites of one database: the host suffix, and its prefix. On sites of several databases the prefix is in the path.
_SITES: Final = {
    "uniprot.org": "uniprot", "genenames.org": "hgnc", "drugbank.com": "drugbank", "drugbank.ca": "drugbank", "meshb.nlm.nih.gov": "mesh",
    "id.nlm.nih.gov": "mesh", "mor.nlm.nih.gov": "rxnorm", "commonchemistry.cas.org": "cas", "kegg.jp": "kegg.drug", "whocc.no": "atc",
    "atcddd.fhi.no": "atc", "ncit.nci.nih.gov": "NCIT", "ncithesaurus.nci.nih.gov": "NCIT", "evsexplore.semantics.cancer.gov": "NCIT",
    "disease-ontology.org": "DOID", "precision.fda.gov": "unii", "guidetopharmacology.org": "iuphar",
}  # fmt: skip
_MANY: Final = (
    "identifiers.org", "n2t.net", "bioregistry.io", "purl.obolibrary.org", "ebi.ac.uk", "monarchinitiative.org", "ontobee.org",
    "bioontology.org",
)  # fmt: skip
_DOI: Final = re.compile(r"10\.[0-9]{4,9}/[^\s<>\"]+")
_AROUND_DOI: Final = re.compile(r"(?i)(?:/(?:full|abstract|pdf|epdf|fulltext|summary|meta)(?:/.*)?|\.pdf|[?#].*)\Z")
_NCT: Final = re.compile(
    r"(?i)(?:(?:clinical\s?trials?(?:\.gov)?|ct\.gov|ctgov|registration|trial)[\s:,#]*(?:identifier|number|id|no\.?)?[\s:,#]*)?"
    r"(?:nct:)?nct[\s:\-–‐‑]*([0-9][0-9 ]{6,10}[0-9])"
)
_NCT_ADDRESS: Final = re.compile(r"(?i)nct[0-9]{8}")
_EUDRACT: Final = re.compile(
    r"(?i)(?:eudra\s?ct|euctr|eu\s?ct)?[\s:,#]*(?:number|no\.?|id)?[\s:,#]*([0-9]{4}[\-–‐‑][0-9]{6}[\-–‐‑][0-9]{2})(?:[\-/][a-z0-9]+)*"
)
_PUBMED: Final = re.compile(r"(?i)(?:pmid|pubmed)(?:\s?id)?[\s:#]*([0-9]{1,9})")
_CENTRAL: Final = re.compile(r"(?i)(?:pmc\s?id)?[\s:#]*(pmc[0-9]{1,9})(?:\.[0-9]+)?")
_CURIE: Final = re.compile(r"(?i)([A-Za-z][A-Za-z0-9._]*?)(?:\s?(?:id|no\.?|number|code))?\s*[:#_/= ]\s*([A-Za-z0-9][A-Za-z0-9.\-_:]*)")
#: A file suffix at the end of a URL.
_FILE: Final = re.compile(r"(?i)\.(?:html?|txt|json|xml|rdf|ttl|nt|jsonld|fasta|pdf)\Z")
#: What a line break or a web page leaves in an identifier.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
#: The halves of UniProtKB.
_SECTION: Final = re.compile(r"(?i)\AuniprotKB/(?:Swiss-Prot|TrEMBL)")
_ENDS: Final = " \t\r\n\u00a0.,;:!?'\"“”‘’"
_PAIRS: Final = (("<", ">"), ("(", ")"), ("[", "]"), ("{", "}"))


def candidates(text: str) -> tuple[str, ...]:
    """Return the possible names in the graph of what ``text`` identifies, best first; empty if it is no identifier.

    >>> candidates("https://doi.org/10.1056/NEJMoa1609783."), candidates("nct 02013167"), candidates("UniProtKB: P15391")
    (('10.1056/NEJMoa1609783',), ('NCT02013167',), ('uniprot:P15391',))
    """
    if len(text) > LONGEST or text.isalpha():
        return ()
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return tuple(dict.fromkeys(each for each in _forms(strip_typography(plain)) if each))


def strip_typography(text: str) -> str:
    """Return ``text`` without surrounding typography: spaces, brackets, quotation marks, closing punctuation.

    >>> strip_typography(" <https://example.org/a>. "), strip_typography("(a(b))")
    ('https://example.org/a', 'a(b)')
    """
    before = None
    while before != text:
        before, text = text, text.strip(_ENDS)
        for opens, closes in _PAIRS:
            if text.startswith(opens) and text.endswith(closes):
                text = text[1:-1]
            elif text.endswith(closes) and text.count(closes) > text.count(opens):
                text = text[:-1]
            elif text.startswith(opens) and opens not in text[1:] and closes not in text:
                text = text[1:]
    return text


def canonical_iri(text: str) -> str:
    """Return an IRI of this dataset in canonical form (any scheme, brackets, fragment or trailing slash); other texts unchanged.

    A fragment that is a JSON Pointer is kept: it is the place of a number in a registry record.

    >>> canonical_iri(vocabulary.resource("drug/x").replace("https:", "http:") + "#this") == vocabulary.resource("drug/x")
    True
    >>> canonical_iri(vocabulary.resource("document/nct00000000#/a/0"))[-13:]
    '00000000#/a/0'
    >>> canonical_iri("a: b.")
    'a: b.'
    """
    iri = strip_typography(text)
    host = vocabulary.base().partition("://")[2]
    rest = re.sub(r"(?i)\Ahttps?://(?:www\.)?", "", iri, count=1)
    if not rest.lower().startswith(host.lower()):
        return text
    name, _, fragment = rest[len(host) :].partition("#")
    path = unquote(name.partition("?")[0]).rstrip("/")
    return vocabulary.base() + path.removeprefix("data/") + (f"#{unquote(fragment)}" if fragment.startswith("/") else "")


def _forms(text: str) -> Iterator[str]:
    """Yield the possible names of what ``text``, already stripped, identifies."""
    if (own := canonical_iri(text)) != text:
        yield own
    plain = unquote(text)
    if doi := _DOI.search(plain):
        alone = not plain[doi.end() :].strip(_ENDS + "<>()[]")
        if alone and (doi.start() == 0 or "doi" in plain[: doi.start()].lower() or "://" in plain):
            name = strip_typography(doi[0]).rstrip("/")
            yield from (_AROUND_DOI.sub("", name), name)
        return
    if "://" in plain or re.match(r"(?i)(?:www\.)?[a-z0-9\-]+(?:\.[a-z0-9\-]+)+/", plain):
        yield from _names_from_url(plain if "://" in plain else f"https://{plain}")
        return
    yield from _registry_names(plain)
    plain = _SECTION.sub("UniProtKB", plain)
    if match := _CURIE.fullmatch(plain):
        yield from _curie(match[1], match[2])


def _registry_names(text: str) -> Iterator[str]:
    if match := _NCT.fullmatch(text):
        digits = match[1].replace(" ", "")
        yield f"NCT{digits}" if len(digits) == 8 else ""
    if match := _EUDRACT.fullmatch(text):
        number = re.sub("[–‐‑]", "-", match[1])
        yield from (number, f"eudract:{number}", f"EudraCT {number}")
    if match := _PUBMED.fullmatch(text):
        yield from (f"pmid:{match[1]}", f"PMID {match[1]}")
    if match := _CENTRAL.fullmatch(text):
        yield from (match[1].upper(), f"pmcid:{match[1]}", f"pmc:{match[1]}")


def _curie(prefix: str, local: str) -> Iterator[str]:
    """Yield the CURIE with the graph's prefix; a doubled prefix counts once (``HGNC:HGNC:1633``, ``obo:NCIT_C1``)."""
    inner = re.match(r"([A-Za-z.]+)[:_](.+)", local)
    if inner and (inner[1].lower() in _PREFIXES) and (prefix.lower() in {"obo", "hgnc", inner[1].lower()} or prefix.lower() in _PREFIXES):
        prefix, local = inner[1], inner[2]
    if prefix.lower() in _REGISTERS:
        yield from _registry_names(local)
        yield from _registry_names(f"{prefix}:{local}")
    if known := _PREFIXES.get(prefix.lower()):
        yield f"{known}:{local}"
        if known in {"chembl", "kegg.drug", "drugbank"}:
            yield local


def _names_from_url(address: str) -> Iterator[str]:
    """Yield the names that the URL of a known site identifies."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return
    whole = f"{parts.path}/{parts.query}/{parts.fragment}"
    pieces = [re.sub(_FILE, "", each) for each in re.split(r"[/?&=#!]+", whole) if each]
    if host.endswith(("clinicaltrials.gov", "trialsearch.who.int")):
        yield from (match[0].upper() for each in pieces if (match := _NCT_ADDRESS.fullmatch(each)))
    elif host.endswith("clinicaltrialsregister.eu"):
        yield from (name for each in pieces if _EUDRACT.fullmatch(each) for name in _registry_names(each))
    elif host == "pubmed.ncbi.nlm.nih.gov" or (host.endswith("ncbi.nlm.nih.gov") and pieces[:1] == ["pubmed"]):
        yield from (name for each in pieces if each.isdigit() for name in _registry_names(f"pmid:{each}"))
    elif host.endswith(("ncbi.nlm.nih.gov", "europepmc.org")):
        yield from (name for each in pieces for name in _registry_names(each if each[:3].upper() == "PMC" else ""))
    site = next((prefix for end, prefix in _SITES.items() if host == end or host.endswith(f".{end}")), None)
    many = any(host == end or host.endswith(f".{end}") for end in _MANY)
    for number, piece in enumerate(pieces):
        if (site or many) and (match := _CURIE.fullmatch(piece)):
            yield from _curie(match[1], match[2])
        if many and number + 1 < len(pieces):
            yield from _curie(piece, pieces[number + 1])
        if site:
            yield f"{site}:{piece}"
        elif many and "chembl" in {each.lower() for each in pieces} and piece.upper().startswith("CHEMBL"):
            yield f"chembl:{piece}"
