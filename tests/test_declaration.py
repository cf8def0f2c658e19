"""A field of the network that is declared once is in every answer: OpenAPI, JSON, exported graphs, agents' tools, rows of the client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from mabgraph.api.agents import appraisal
from mabgraph.api.client.network import ChainResponse, NetworkResponse
from mabgraph.graph.network import declaration, network
from mabgraph.graph.network.declaration import Chain, Link, NetworkValue, TreatmentItem
from mabgraph.graph.questions.catalogue import Catalogue

from .extent import part_of

# Adds a line to a class of the declaration before anything imports it; then asks the service in each format, the agents' tool, and the
# client, and prints where the field is.
PROGRAM = r'''
import importlib.util, io, json, re, sys
from pathlib import Path

directory, owner, line = sys.argv[1:]
name = "mabgraph.graph.network.declaration"
spec = importlib.util.find_spec(name)
source = Path(spec.origin).read_text("utf-8")
changed = re.sub(rf'(class {owner}\(\w+\):\n    """.*?"""\n\n)', lambda match: match[1] + f"    {line}\n", source, count=1)
assert changed != source or not line
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
exec(compile(changed, name, "exec"), module.__dict__)

import networkx as nx
from fastapi.testclient import TestClient
from mabgraph.api.agents.appraisal import Appraisal
from mabgraph.api.app import create_app
from mabgraph.api.client.network import NetworkResponse
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import catalogue

with TestClient(create_app(Settings(dataset=Path(directory)))) as service:
    answers = {form: service.get(f"/v1/network?format={form}").content for form in ("json", "graphml", "cytoscape", "node-link")}
    schema = service.get("/openapi.json").json()["components"]["schemas"]["TreatmentItem" if owner.startswith("Treatment") else owner]
plain = json.loads(answers["json"])
reply = NetworkResponse.model_validate(plain)
graphs = {
    "graphml": nx.read_graphml(io.BytesIO(answers["graphml"]), force_multigraph=True),
    "cytoscape": nx.cytoscape_graph(json.loads(answers["cytoscape"])),
    "node-link": nx.node_link_graph(json.loads(answers["node-link"]), edges="edges"),
}
kind = "links" if owner == "Link" else "treatments"
items = {form: [more for *_, more in (graph.edges if kind == "links" else graph.nodes)(data=True)] for form, graph in graphs.items()}
items |= {
    "json": plain[kind], "client": [each.model_dump() for each in getattr(reply, kind)],
    "agents": Appraisal(catalogue.open_current(Path(directory))).network(items=kind, page_size=100).items,
}
print(json.dumps({"schema": schema["properties"], "frame": list(reply.to_pandas().columns) if kind == "links" else [], "items": items}))
'''
FIELD = 'funding: str = Field("not reported", description="who paid")'


def answers(directory: Path, owner: str, line: str) -> Any:
    """Return the OpenAPI properties of a class, and its values in every answer, where ``line`` is added to its declaration."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(directory), owner, line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.sampled
@pytest.mark.parametrize("owner", part_of(["Link", "Treatment", "TreatmentItem"], 3))
def test_a_field_is_one_line(owner: str, real_directory: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed (the extra notebook)")
    answered = answers(real_directory, owner, FIELD)
    assert answered["schema"]["funding"]["description"] == "who paid"
    assert set(answered["items"]) == {"json", "graphml", "cytoscape", "node-link", "client", "agents"}
    for form, items in answered["items"].items():
        assert {item.get("funding") for item in items} == {"not reported"}, form
    assert owner != "Link" or "funding" in answered["frame"]


def test_every_attribute_of_a_graph_is_a_declared_one(real: Catalogue) -> None:
    graph = network.read(real).graph()
    assert {name for *_, edge in graph.edges(data=True) for name in edge} == set(Link.model_fields)
    assert {name for _, node in graph.nodes(data=True) for name in node} == set(TreatmentItem.model_fields)


def classes() -> list[type[NetworkValue]]:
    """Return the classes of the declaration."""
    return [each for each in vars(declaration).values() if isinstance(each, type) and issubclass(each, NetworkValue)]


def test_answers_list_what_is_declared() -> None:
    """A class of the declaration that no answer has would be read by nobody; what a chain has, its answer has."""
    reached: set[Any] = set()
    waiting: list[Any] = [NetworkResponse, ChainResponse]
    while waiting:
        each = waiting.pop()
        if isinstance(each, type) and issubclass(each, NetworkValue):
            reached |= {each, *each.__mro__}
            waiting += [field.annotation for field in each.model_fields.values()]
        else:
            waiting += get_args(each)
    assert set(classes()) - reached == {Chain}
    assert set(Chain.model_fields) <= set(ChainResponse.model_fields)


def test_what_a_newer_service_adds_is_kept() -> None:
    older = {"one": "a", "other": "b", "drugs": [], "likeness": 0.5}
    assert declaration.NearestPair.model_validate(older).model_dump()["likeness"] == 0.5


def test_lists_that_grow_are_marked_where_they_are_declared() -> None:
    pair = dict.fromkeys(declaration.Gap.model_fields, ()) | {"one": "a", "other": "b", "text": ""}
    gap = declaration.Gap.model_validate(pair | {"planned": (), "reasons": ("r",) * 30})
    assert "left_out" not in appraisal._cut(gap), "reasons do not grow with the dataset"
    step = declaration.Component(number=1, treatments=("t",) * 30, studies=("s",) * 30, critical=(), reasons=())
    assert appraisal._cut(step)["left_out"] == {"studies": 30 - appraisal.NAMED}
    growing = [name for each in classes() for name, field in each.model_fields.items() if declaration.GROWING in field.metadata]
    assert {"comparisons", "estimates", "links", "planned"} <= set(growing)
