"""The Model Context Protocol: the tools for agents over standard input and output, or streamable HTTP on this machine.

Every error that the caller can fix is reported as a tool error, with our message.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from importlib import metadata
from typing import Any, Final, ParamSpec

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import dataset
from mabgraph.ingest import extras
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.visible import escape_invisible

from ..http import faults
from ..http.settings import Settings
from .arguments import normalise
from .brevity import LONGEST, shorten

with extras.require("agents", __name__):
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations

    from ..http import state
    from ..serving import serving
    from .analyses import Analyses
    from .appraisal import Appraisal, CompareArguments
    from .claims import Claims
    from .tools import ToolAnswer, Tools
    from .worker import Worker

#: HTTP is served on the loopback address only.
HOST: Final = "127.0.0.1"
#: How long a connection may be idle (seconds).
IDLE: Final = 75.0
_ABOUT: Final = """Evidence for antibody therapy in blood cancer: every number with the place where it was printed.
Cite a number with its anchor (document, start, end, printed or exact) and the dataset's version, and report its caveats and limitations.
Estimates of different estimands (population, censoring, time point) are never merged;
compare shows the reasons against pooling. Begin with search, or with questions."""

_CUT: Final = f"""Every answer has "truncated": bool and "more": str or null as well. One of more than {LONGEST:,} characters is truncated:
"more" says what is missing and how to get it. Get the rest before you report that something does not exist."""

P = ParamSpec("P")


class Server(MCPServer):
    """A tool server that refuses unknown arguments: a misspelt filter would otherwise be ignored, and the answer be too broad.

    The arguments of a tool are those of its function, or the fields of a model: its function then takes one argument, ``arguments``.
    """

    def __init__(self, name: str, *, models: Mapping[str, type[BaseModel]], **options: Any) -> None:
        """Take the models of arguments by the names of their tools, and the options of an :class:`MCPServer`."""
        super().__init__(name, **options)
        self._models = models

    async def list_tools(self) -> list[Tool]:
        """Return every tool, with a schema that forbids further arguments."""
        tools = await super().list_tools()
        schemas = {tool.name: tool.input_schema for tool in tools}
        schemas |= {name: model.model_json_schema() for name, model in self._models.items()}
        return [tool.model_copy(update={"input_schema": schemas[tool.name] | {"additionalProperties": False}}) for tool in tools]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Return the answer of a tool.

        :raises ToolError: when the tool or an argument is unknown.
        """
        schemas = {tool.name: tool.input_schema for tool in await self.list_tools()}
        if name not in schemas:
            raise ToolError(f"there is no tool {name[:80]!r}; there are {', '.join(schemas)}")
        taken = schemas[name].get("properties", {})
        if unknown := [each for each in arguments if each not in taken]:
            raise ToolError(f"{unknown[0][:80]}: {name} takes no such argument; it takes {', '.join(taken) or 'none'}")
        values = normalise(schemas[name], arguments)
        try:
            if (model := self._models.get(name)) is not None:
                values = {"arguments": model.model_validate(values)}
            return await super().call_tool(name, values, context)
        except ValidationError as error:
            raise ToolError(faults.describe(dict(each) for each in error.errors())) from None
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(faults.describe(dict(each) for each in cause.errors())) from None
            raise ToolError(str(cause if isinstance(cause, ToolError) else error)) from None


def server(settings: Settings, catalogue: Catalogue, worker: Worker) -> MCPServer:
    """Return the tool server over an opened dataset."""
    mcp_server = Server(
        "mabgraph", models={Appraisal.compare.__name__: CompareArguments}, instructions=_ABOUT, version=metadata.version("mabgraph"),
        log_level="WARNING",
    )  # fmt: skip
    tools = Tools(settings, catalogue, worker)
    appraisal, claims, analyses = Appraisal(catalogue), Claims(catalogue), Analyses(catalogue)
    read_only = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    functions: tuple[Callable[..., ToolAnswer], ...] = (
        tools.search, tools.drugs, tools.targets, tools.trials, tools.estimates, analyses.analyses, claims.claims, appraisal.compare,
        appraisal.network, appraisal.chain, tools.questions, tools.ask, tools.sparql,
    )  # fmt: skip
    for tool in functions:
        mcp_server.add_tool(_as_tool(tool), annotations=read_only)
    return mcp_server


def serve(settings: Settings, port: int | None) -> None:
    """Serve agents until the client ends: over standard input and output, or on ``port`` by streamable HTTP on the loopback address.

    :raises BuildError: when there is no complete dataset.
    :raises MabgraphError: when the port is not available.
    """
    with ExitStack() as stack:
        catalogue = state.open_catalogue(settings)
        if catalogue.dataset.folder.is_dir():
            stack.enter_context(dataset.hold(catalogue.dataset.folder))
        mcp_server = server(settings, catalogue, stack.enter_context(closing(Worker(settings, catalogue))))
        if port is None:
            mcp_server.run("stdio")
            return
        _listen(mcp_server, port)
    # As the serving processes of a service: threads of the server may still run, and must not meet an interpreter that ends.
    sys.stdout.flush()
    os._exit(0)


def _listen(mcp_server: MCPServer, port: int) -> None:
    number = serving.listen(HOST, port).getsockname()[1]
    app = mcp_server.streamable_http_app(stateless_http=True, json_response=True, host=HOST)

    async def answer() -> None:
        server = serving.make_server(app, HOST, number, IDLE, lifespan=True)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        answering = asyncio.create_task(server.serve())
        await serving.wait_until_answered(HOST, number)
        print(f"http://{HOST}:{number}/mcp  tools for agents (streamable HTTP)", flush=True)
        await answering

    asyncio.run(answer())


def _as_tool(tool: Callable[P, ToolAnswer]) -> Callable[P, CallToolResult]:
    """Return ``tool`` with its answer as structured content and, for clients that read text, as compact JSON."""

    @functools.wraps(tool, updated=())  # inspect follows __wrapped__ to the signature of the tool
    def call(*args: P.args, **kwargs: P.kwargs) -> CallToolResult:
        try:
            answer = tool(*args, **kwargs)
        except MabgraphError as error:
            raise ToolError(escape_invisible(str(error))) from None
        short = shorten(answer.model_dump(mode="json"))
        text = TextContent(type="text", text=to_json(short).decode())
        return CallToolResult(content=[text], structured_content=short)

    call.__doc__ = f"{inspect.cleandoc(tool.__doc__ or '')}\n\n{_CUT}"
    return call
