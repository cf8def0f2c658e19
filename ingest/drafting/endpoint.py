"""An endpoint of a language model: one question, one answer, over HTTP as OpenAI's chat completions have it; nothing of it is trusted."""

from __future__ import annotations

import ipaddress
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import tenacity

from ..errors import MabgraphError
from ..visible import escape_invisible

#: The environment variables of the key and of the name of the model.
KEY: Final = "MABGRAPH_MODEL_KEY"
NAME: Final = "MABGRAPH_MODEL_NAME"
#: The name that is sent where none is given: servers of one model take any.
UNNAMED: Final = "default"
#: How an endpoint's address ends.
_PATH: Final = "/chat/completions"
#: The most bytes of an answer, and the seconds until one is given up.
LONGEST: Final = 1024 * 1024
SECONDS: Final = 300.0
#: How often a question is asked where no answer begins, or the endpoint is busy.
ATTEMPTS: Final = 3
_BUSY: Final = frozenset({429, 502, 503, 504})
#: The most characters of a message of the endpoint that are shown.
_SHOWN: Final = 200


class BadAnswer(ValueError):
    """Raised when an answer cannot be used; the next question may have a better one."""


@dataclass(frozen=True, slots=True)
class ModelEndpoint:
    """The address of a model, its name, and the key, which is shown and written nowhere."""

    url: str
    name: str
    key: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The address as it may be shown: without what is behind a question mark."""
        return str(httpx.URL(self.url).copy_with(query=None))


def read_endpoint(url: str, name: str | None, *, allow_http: bool = False, environment: Mapping[str, str] = os.environ) -> ModelEndpoint:
    """Return the endpoint at ``url``; its key, and its name if ``name`` is none, are from the environment.

    :param allow_http: whether texts and key may be sent to another machine unencrypted.
    :raises MabgraphError: when the address, the name or the key cannot be used.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise MabgraphError("--model: is no URL: give one that begins with https://, such as https://example.org/v1") from None
    if parsed.userinfo:
        raise MabgraphError(f"--model: the URL of {parsed.host} holds a user or password, which others can read: set {KEY} instead")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise MabgraphError("--model: is no URL of an endpoint: give one that begins with https://, such as https://example.org/v1")
    if parsed.scheme == "http" and not is_loopback(parsed.host) and not allow_http:
        fault = f"--model: http:// would send the document's text to {parsed.host} for all on the way to read"
        raise MabgraphError(f"{fault}: use https://, or say --model-http")
    named = (name if name is not None else environment.get(NAME, UNNAMED)).strip()
    if not named or not named.isprintable() or len(named) > _SHOWN:
        fault = f"{named[:_SHOWN]!r} is no name of a model"
        raise MabgraphError(f"{fault}: give --model-name NAME, or set {NAME}, at most {_SHOWN} characters that can be printed")
    key = environment.get(KEY, "")
    if not key.isascii() or any(not character.isprintable() or character == " " for character in key):
        raise MabgraphError(f"{KEY}: holds a character that no key has: set it to the key alone")
    path = parsed.path.rstrip("/")
    return ModelEndpoint(str(parsed.copy_with(path=path if path.endswith(_PATH) else path + _PATH, fragment=None)), named, key)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("127.0.0.1.example.org")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


class LanguageModel:
    """A connection to an endpoint; :meth:`ask` counts the requests that were sent."""

    def __init__(
        self, endpoint: ModelEndpoint, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Connect to ``endpoint``; ``sleep`` and ``clock`` are for tests. Proxies of the environment are used for other machines only."""
        self.endpoint, self.requests, self._clock = endpoint, 0, clock
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._client = httpx.Client(
            headers=headers, timeout=httpx.Timeout(60.0, connect=10.0), follow_redirects=False,
            trust_env=not is_loopback(httpx.URL(endpoint.url).host),
        )  # fmt: skip
        self._again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError, _Busy)),
            stop=tenacity.stop_after_attempt(ATTEMPTS), wait=tenacity.wait_exponential(multiplier=0.5, max=10), sleep=sleep, reraise=True,
        )  # fmt: skip

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, system: str, question: str) -> str:
        """Return the text that the model answers.

        :raises BadAnswer: when the answer is none: not JSON, of another shape, too long, too late, or an error of the endpoint.
        :raises MabgraphError: when the endpoint cannot be reached, or refuses the key.
        """
        messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        body = {"model": self.endpoint.name, "messages": messages, "stream": False}
        try:
            status, content = self._again(self._post, body)
        except httpx.TimeoutException:
            raise BadAnswer("it did not answer in time") from None
        except _Busy as busy:
            raise BadAnswer(f"it is busy (status {busy})") from None
        except httpx.HTTPError as error:
            raise MabgraphError(f"{self.endpoint.shown}: cannot be reached: {self._hide(str(error))}") from None
        if status in {401, 403}:
            raise MabgraphError(f"{self.endpoint.shown}: refuses the key (status {status}): set {KEY}")
        if status == 404:
            raise MabgraphError(f"{self.endpoint.shown}: has no such address, or no model {self.endpoint.name!r} (status 404)")
        if 300 <= status < 400:
            raise MabgraphError(f"{self.endpoint.shown}: refers to another address (status {status}): give that one")
        if status != 200:
            raise BadAnswer(f"status {status}: {self._hide(content.decode('utf-8', 'replace'))}")
        return _content_of(content)

    def _post(self, body: dict[str, Any]) -> tuple[int, bytes]:
        """Return status and bytes of the response to one request.

        :raises BadAnswer: when it is too long, compressed though not asked for, or takes too long.
        """
        until = self._clock() + SECONDS
        self.requests += 1
        with self._client.stream("POST", self.endpoint.url, json=body) as response:
            if response.status_code in _BUSY:
                raise _Busy(response.status_code)
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise BadAnswer("it is compressed, which was not asked for")
            content = bytearray()
            for chunk in response.iter_raw():
                content += chunk
                if len(content) > LONGEST:
                    raise BadAnswer(f"it is longer than {LONGEST} bytes")
                if self._clock() > until:
                    raise BadAnswer(f"it took longer than {SECONDS:.0f} s")
            return response.status_code, bytes(content)

    def _hide(self, message: str) -> str:
        """Return a message of others on one line, in short and without the key."""
        hidden = message.replace(self.endpoint.key, "…") if self.endpoint.key else message
        return escape_invisible(" ".join(hidden.split()))[:_SHOWN]


class _Busy(Exception):
    """Raised when the endpoint is busy; a later attempt may succeed."""


def _content_of(content: bytes) -> str:
    """Return the text of the first choice of a chat completion.

    :raises BadAnswer: when it has none.
    """
    try:
        choice = json.loads(content)["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, RecursionError):
        raise BadAnswer("it is no JSON") from None
    except (LookupError, TypeError):
        raise BadAnswer("it is no chat completion: choices[0].message.content is missing") from None
    if not isinstance(text, str):
        raise BadAnswer("it is no chat completion: choices[0].message.content is no text")
    if isinstance(choice, dict) and choice.get("finish_reason") == "length":
        raise BadAnswer("it is cut off: the model may not write that much")
    return text
