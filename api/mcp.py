"""The Model Context Protocol: the tools for agents over standard input and output, or streamable HTTP on this machine.

Whatever a caller can mend is told as an error of the tool, in the words of the house.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import signal
from collections.abc import Callable
from contextlib import ExitStack, closing
from importlib import metadata
from typing import Any, Final, ParamSpec

from pydantic import ValidationError
from pydantic_core import to_json

from mabgraph.graph import dataset
from mabgraph.graph.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.visible import escape_invisible

from . import faults, serving, state
from .appraisal import Appraisal
from .arguments import settled
from .brevity import LONGEST, shortened
from .settings import Settings
from .tools import Answer, Tools
from .worker import Worker

try:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations
except ImportError:
    raise MabgraphError("the SDK of the Model Context Protocol is not installed: pip install 'mabgraph[mcp]'") from None

#: Only this machine can ask over HTTP.
HOST: Final = "127.0.0.1"
#: How long a connection may be idle (seconds).
IDLE: Final = 75.0
_ABOUT: Final = """Evidence for antibody therapy in blood cancer: every number with the place where it was printed.
Cite a number with its anchor (document, start, end, exact) and the dataset's version, and tell the caveats that stand with it.
Estimates of different estimands (population, censoring, time point) are never merged;
compare says what may be set side by side and what speaks against it. Begin with search, or with questions."""

_CUT: Final = f"""Every answer has "truncated": bool and "more": str or null as well. One of more than {LONGEST:,} characters is cut:
"more" says what there is beside and how to go on. Go on before you say that something is not there."""

P = ParamSpec("P")


class Server(MCPServer):
    """Tools that take what they say they take: a filter that is spelt wrongly would else be left out, and the answer be of more."""

    async def list_tools(self) -> list[Tool]:
        """Return every tool; its schema says that it takes nothing else."""
        return [
            tool.model_copy(update={"input_schema": tool.input_schema | {"additionalProperties": False}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Return the answer of a tool.

        :raises ToolError: when there is no such tool, or it takes no such arguments.
        """
        schemas = {tool.name: tool.input_schema for tool in await super().list_tools()}
        if name not in schemas:
            raise ToolError(f"there is no tool {name[:80]!r}; there are {', '.join(schemas)}")
        taken = schemas[name].get("properties", {})
        if unknown := [each for each in arguments if each not in taken]:
            raise ToolError(f"{unknown[0][:80]}: {name} takes no such argument; it takes {', '.join(taken) or 'none'}")
        try:
            return await super().call_tool(name, settled(schemas[name], arguments), context)
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(faults.described(dict(each) for each in cause.errors())) from None
            raise ToolError(str(cause if isinstance(cause, ToolError) else error)) from None


def server(settings: Settings, held: Catalogue, worker: Worker) -> MCPServer:
    """Return the server of the tools over an opened dataset."""
    made = Server("mabgraph", instructions=_ABOUT, version=metadata.version("mabgraph"), log_level="WARNING")
    tools = Tools(settings, held, worker)
    weighs = Appraisal(held)
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    given: tuple[Callable[..., Answer], ...] = (
        tools.search, tools.drugs, tools.targets, tools.trials, tools.estimates, weighs.compare, weighs.network, weighs.chain,
        tools.questions, tools.ask, tools.sparql,
    )  # fmt: skip
    for tool in given:
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
        made = server(settings, held, stack.enter_context(closing(Worker(settings, held))))
        if port is None:
            made.run("stdio")
        else:
            _listen(made, port)


def _listen(made: MCPServer, port: int) -> None:
    number = serving.listen(HOST, port).getsockname()[1]
    app = made.streamable_http_app(stateless_http=True, json_response=True, host=HOST)

    async def answer() -> None:
        server = serving.bounded(app, HOST, number, IDLE, lifespan=True)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        answering = asyncio.create_task(server.serve())
        await serving.wait_until_answered(HOST, number)
        print(f"http://{HOST}:{number}/mcp  tools for agents (streamable HTTP)", flush=True)
        await answering

    asyncio.run(answer())


def _told(tool: Callable[P, Answer]) -> Callable[P, CallToolResult]:
    """Return ``tool`` with its answer as structured content and, for clients that read text, as JSON without spaces to spend on."""

    @functools.wraps(tool, updated=())  # a signature that the tool was given is asked of the tool
    def told(*args: P.args, **kwargs: P.kwargs) -> CallToolResult:
        try:
            answer = tool(*args, **kwargs)
        except MabgraphError as error:
            raise ToolError(escape_invisible(str(error))) from None
        short = shortened(answer.model_dump(mode="json"))
        text = TextContent(type="text", text=to_json(short).decode())
        return CallToolResult(content=[text], structured_content=short)

    told.__doc__ = f"{inspect.cleandoc(tool.__doc__ or '')}\n\n{_CUT}"
    return told
