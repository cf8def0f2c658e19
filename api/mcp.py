"""The Model Context Protocol: the tools for agents over standard input and output, or streamable HTTP on this machine.

Whatever a caller can mend is told as an error of the tool, in the words of the house.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack, closing
from importlib import metadata
from typing import Final, ParamSpec

import uvicorn

from mabgraph.graph import dataset
from mabgraph.graph.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError

from . import serving, state
from .settings import Settings
from .tools import Answer, Tools
from .worker import Worker

try:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import CallToolResult, TextContent, ToolAnnotations
except ImportError:
    raise MabgraphError("the SDK of the Model Context Protocol is not installed: pip install 'mabgraph[mcp]'") from None

#: Only this machine can ask over HTTP.
HOST: Final = "127.0.0.1"
_ABOUT: Final = """Evidence for antibody therapy in blood cancer: every number with the place where it was printed.
Cite a number with its anchor (document, start, end, exact) and the dataset's version, and tell the caveats that stand with it.
Estimates of different estimands (population, censoring, time point) are never merged. Begin with search, or with questions."""

P = ParamSpec("P")


def server(settings: Settings, held: Catalogue, worker: Worker) -> MCPServer:
    """Return the server of the tools over an opened dataset."""
    made = MCPServer("mabgraph", instructions=_ABOUT, version=metadata.version("mabgraph"), log_level="WARNING")
    tools = Tools(settings, held, worker)
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for tool in (tools.search, tools.drugs, tools.targets, tools.trials, tools.estimates, tools.questions, tools.ask, tools.sparql):
        made.add_tool(_told(tool), annotations=reads)
    return made


def serve(settings: Settings, port: int | None) -> None:
    """Answer agents until the other side ends: over standard input and output, or with a port by streamable HTTP on the loopback.

    :raises BuildError: when there is no whole dataset.
    :raises MabgraphError: when nothing can listen there.
    """
    with ExitStack() as stack:
        held = state.opened(settings)
        if held.dataset.folder.is_dir():
            stack.enter_context(dataset.hold(held.dataset.folder))
        made = server(settings, held, stack.enter_context(closing(Worker(settings))))
        if port is None:
            made.run("stdio")
        else:
            _listen(made, port)


def _listen(made: MCPServer, port: int) -> None:
    listening = serving.listen(HOST, port)
    print(f"http://{HOST}:{listening.getsockname()[1]}/mcp  tools for agents (streamable HTTP)", flush=True)
    app = made.streamable_http_app(stateless_http=True, json_response=True, host=HOST)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)).run(sockets=[listening])


def _told(tool: Callable[P, Answer]) -> Callable[P, CallToolResult]:
    """Return ``tool`` with its answer as structured content and, for clients that read text, as JSON without spaces to spend on."""

    @functools.wraps(tool)
    def told(*args: P.args, **kwargs: P.kwargs) -> CallToolResult:
        try:
            answer = tool(*args, **kwargs)
        except MabgraphError as error:
            raise ToolError(str(error)) from None
        text = TextContent(type="text", text=answer.model_dump_json())
        return CallToolResult(content=[text], structured_content=answer.model_dump(mode="json"))

    return told
