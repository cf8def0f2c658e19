"""Identifiers are taken in every form that they are printed in, everywhere a name is; an address of an unknown site names nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import identifiers
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

OURS = vocabulary.base().removeprefix("https://")
FORMS = {
    ("document", "kantarjian-2017"): [
        "10.1056/NEJMoa1609783", "doi:10.1056/NEJMoa1609783", "DOI: 10.1056/nejmoa1609783.", "https://doi.org/10.1056/NEJMoa1609783",
        "http://dx.doi.org/10.1056/NEJMOA1609783", "https://dx.doi.org/10.1056/NEJMoa1609783/", "doi.org/10.1056/NEJMoa1609783",
        "https://doi.org/10.1056%2FNEJMoa1609783", "<https://doi.org/10.1056/NEJMoa1609783>", "(10.1056/NEJMoa1609783)", "10.1056/NEJMoa1609783;",
        "info:doi/10.1056/NEJMoa1609783", "https://www.nejm.org/doi/full/10.1056/NEJMoa1609783", "urn:doi:10.1056/NEJMoa1609783",
        "https://www.nejm.org/doi/pdf/10.1056/NEJMoa1609783?download=true", f"http://{OURS}id/document/kantarjian-2017#this",
    ],
    ("trial", "tower"): [
        "NCT02013167", "nct02013167", "NCT 02013167", "NCT-02013167", "NCT 0201 3167", "ClinicalTrials.gov identifier: NCT02013167.",
        "ClinicalTrials.gov number, NCT02013167", "https://clinicaltrials.gov/ct2/show/NCT02013167", "clinicaltrials:NCT02013167", "nct:02013167",
        "https://clinicaltrials.gov/study/NCT02013167?tab=results", "http://www.clinicaltrials.gov/show/nct02013167", "(NCT02013167)",
        "clinicaltrials.gov/study/NCT02013167", "https://identifiers.org/clinicaltrials:NCT02013167", f"{OURS}id/study/tower/",
    ],
    ("drug", "blinatumomab"): [
        "DrugBank: DB09052", "DB09052", "https://go.drugbank.com/drugs/DB09052", "https://identifiers.org/drugbank/DB09052", "NCIT_C62528",
        "ncit:c62528", "obo:NCIT_C62528", "https://purl.obolibrary.org/obo/NCIT_C62528", "CHEMBL1742992", "chembl.compound:CHEMBL1742992",
        "https://www.ebi.ac.uk/chembl/compound_report_card/CHEMBL1742992/", "CAS 853426-35-4", "RXCUI: 1597258", "ATC code L01FX07",
        "UNII 4FR53SIF3A", "MeSH ID: C510808", "https://id.nlm.nih.gov/mesh/C510808.html", "https://meshb.nlm.nih.gov/record/ui?ui=C510808",
        f"http://{OURS}id/drug/blinatumomab", f"https://www.{OURS}id/drug/blinatumomab#it", f"https://{OURS}data/id/drug/blinatumomab",
    ],
    ("target", "CD19"): [
        "HGNC:HGNC:1633", "https://identifiers.org/hgnc/1633", "https://identifiers.org/HGNC:1633", "UniProtKB:P15391", "UniProt P15391",
        "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:1633", "https://www.uniprot.org/uniprotkb/P15391/entry",
        "https://rest.uniprot.org/uniprotkb/P15391.txt", "https://purl.uniprot.org/uniprot/P15391",
    ],
    ("condition", "acute-lymphoblastic-leukaemia"): [
        "MONDO_0004967", "mondo:0004967", "https://purl.obolibrary.org/obo/MONDO_0004967", "https://monarchinitiative.org/MONDO:0004967",
        "https://www.ebi.ac.uk/ols4/ontologies/mondo/classes?iri=http%3A%2F%2Fpurl.obolibrary.org%2Fobo%2FMONDO_0004967", "EFO_0000220",
        "https://disease-ontology.org/?id=DOID:9952",
    ],
}  # fmt: skip
CASES = [(kind, local, form) for (kind, local), forms in FORMS.items() for form in forms]
COLLECTIONS = {"document": "documents", "trial": "trials", "drug": "drugs", "target": "targets", "condition": "conditions"}


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=real_directory), real)) as client:
        yield client


def named(real: Catalogue, kind: str, local: str) -> str:
    return real.names.find(kind, local)


@pytest.mark.parametrize(("kind", "local", "form"), CASES)
def test_every_form_names_the_same_thing(real: Catalogue, kind: str, local: str, form: str) -> None:
    iri = real.names.find(kind, form)
    assert iri == named(real, kind, FORMS[kind, local][0])
    assert real.names.search(form, 1)[0][1] == iri


@pytest.mark.parametrize(("kind", "local"), list(FORMS))
def test_look_ups_take_every_form(service: TestClient, kind: str, local: str) -> None:
    plain = service.get("/v1/estimates", params={kind: FORMS[kind, local][0], "page_size": 1}).json()
    assert plain["total"] >= (kind == "document")
    for form in FORMS[kind, local]:
        answer = service.get("/v1/estimates", params={kind: form, "page_size": 1})
        assert (answer.status_code, answer.json()) == (200, plain), form
        assert service.get(f"/v1/{COLLECTIONS[kind]}/{quote(form, safe='')}").status_code == 200, form


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("drug", "https://example.org/drug/blinatumomab"), ("drug", "https://example.org/DB09052"), ("target", "https://example.org/HGNC:1633"),
        ("trial", "NCT99999999"), ("trial", "NCT0201316"), ("document", "https://doi.org/10.1/x"), ("condition", "HGNC:1633"),
        ("drug", "http://uniprot.org.example.com/P15391"), ("drug", "DB09052 and DB00073"), ("trial", "https://example.org/NCT02013167"),
        ("document", "10.1056/NEJMoa1609783, 10.1001/jamaoncol.2021.1799"),
    ],
)  # fmt: skip
def test_what_is_of_another_site_or_two_things_names_nothing(real: Catalogue, kind: str, text: str) -> None:
    with pytest.raises(UnknownName):
        real.names.find(kind, text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("PMID: 28249141", "pmid:28249141"), ("https://pubmed.ncbi.nlm.nih.gov/28249141/", "pmid:28249141"), ("pubmed 28249141", "pmid:28249141"),
        ("PMC5881572", "PMC5881572"), ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC5881572/", "PMC5881572"), ("pmcid: PMC5881572", "PMC5881572"),
        ("EudraCT Number: 2013-000536-10", "2013-000536-10"), ("EUCTR2013-000536-10-DE", "2013-000536-10"),
        ("https://www.clinicaltrialsregister.eu/ctr-search/trial/2013-000536-10/GB", "2013-000536-10"),
    ],
)  # fmt: skip
def test_numbers_of_other_registers_are_read(text: str, name: str) -> None:
    assert name in identifiers.candidates(text)


def test_iris_of_ours_are_one_however_they_are_written(service: TestClient) -> None:
    row = service.get("/v1/estimates", params={"page_size": 1}).json()["items"][0]["id"]
    for written in (row, row.replace("https", "http"), f"{row}#it", f"<{row}>", row.partition("://")[2], row.rpartition("/")[2]):
        assert service.get("/v1/estimates", params={"estimate": written}).json()["total"] == 1, written
        assert service.get(f"/v1/estimates/{quote(written, safe='')}").json()["id"] == row, written


@pytest.mark.parametrize(
    "text",
    ["a" * 600, "NCT" + " 0" * 200, "10.1234/" + "(" * 400, "http://" + "/" * 400, "<" * 200 + ">" * 200, "cas " * 100, "http://[", ""],
)
def test_odd_texts_are_read_shortly(text: str) -> None:
    assert len(identifiers.candidates(text)) < 500
    assert isinstance(identifiers.canonical_iri(text), str)


@pytest.mark.parametrize(
    ("kind", "name", "local"),
    [
        ("drug", "BLINCYTO®", "blinatumomab"), ("drug", "Blincyto™", "blinatumomab"), ("drug", "Blincyto (blinatumomab)", "blinatumomab"),
        ("drug", "ＭＴ１０３", "blinatumomab"), ("trial", "TOWER trial", "tower"), ("trial", "the TOWER study", "tower"),
        ("trial", "NCT０２０１３１６７", "tower"), ("target", "UniProtKB/Swiss-Prot P15391", "CD19"), ("target", "CD—19", "CD19"),
        ("document", "10.1056/\u200bNEJMoa1609783", "kantarjian-2017"), ("document", "10.1056／NEJMoa1609783", "kantarjian-2017"),
    ],
)  # fmt: skip
def test_names_are_known_as_they_are_printed(real: Catalogue, kind: str, name: str, local: str) -> None:
    assert vocabulary.local_name(real.names.find(kind, name)) == local


def test_two_names_of_two_things_are_none(real: Catalogue) -> None:
    for name in ("Blincyto (daratumumab)", "the trial", "(" * 20_000):
        with pytest.raises(UnknownName):
            real.names.find("drug", name)
