"""An engine elsewhere, over HTTP: who we are to it, how long it may take, how much it may say, and what its refusals mean."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from mabgraph.ingest.errors import BuildError

#: How often a connection that cannot be made is tried again; a request that was sent is not.
ATTEMPTS: Final = 2
#: Characters of an engine's own message that are passed on.
MESSAGE: Final = 500
#: What the variables begin with that say who publishes, and who asks a store.
PUBLISH: Final = "MABGRAPH_PUBLISH_"
STORE: Final = "MABGRAPH_STORE_"

Parameters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to an engine: a user with a password, or a bearer token; neither is ever part of a URL.

    ``prefix`` is what the variables of the environment begin with that they come from.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    prefix: str = field(default=PUBLISH, compare=False)

    @classmethod
    def of_environment(cls, prefix: str = PUBLISH, environment: Mapping[str, str] = os.environ) -> Credentials:
        """Return what the variables ``…USER``, ``…PASSWORD`` and ``…TOKEN`` hold; empty where they are not set.

        :raises BuildError: when a token and a user are both given.
        """
        user, password, token = (environment.get(prefix + name, "") for name in ("USER", "PASSWORD", "TOKEN"))
        found = cls(user, password, token, prefix)
        if found.user and found.token:
            raise BuildError(f"{prefix}USER and {prefix}TOKEN are both set: an engine takes one of them; unset the other")
        return found

    def auth(self) -> httpx.Auth | None:
        """Return how requests are signed."""
        if self.token:
            return _Bearer(self.token)
        return _Password(self.user, self.password) if self.user else None


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class _Password(httpx.Auth):
    """Basic or digest authentication, whichever the engine asks for the first time that it asks."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._scheme: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._scheme is None:
            response = yield request
            if response.status_code not in {401, 403}:
                return
            digest = response.headers.get("WWW-Authenticate", "").lower().startswith("digest")
            self._scheme = (httpx.DigestAuth if digest else httpx.BasicAuth)(self._user, self._password)
        yield from self._scheme.auth_flow(request)


class Connection:
    """A way to one URL of an engine, kept open between requests."""

    def __init__(
        self, url: str, seconds: float, credentials: Credentials | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Take the URL, the time that a whole answer may take, who we are, and (in tests) what carries requests.

        :raises BuildError: when it is no URL of this kind, or holds a password.
        """
        self.url, self._seconds, self._credentials = checked(url), seconds, credentials or Credentials()
        self._client = httpx.Client(
            auth=self._credentials.auth(), timeout=seconds, transport=transport or httpx.HTTPTransport(retries=ATTEMPTS)
        )

    def close(self) -> None:
        """Let go of what is kept open."""
        self._client.close()

    @contextmanager
    def answer(
        self, method: str, accept: str = "*/*", *, parameters: Parameters | None = None, form: Parameters | None = None,
        content: bytes | Iterable[bytes] | None = None, headers: Mapping[str, str] | None = None, longest: int | None = None,
        accepted: Collection[int] = (),
    ) -> Iterator[Reply]:  # fmt: skip
        """Give the answer to one request, to be read while the ``with`` lasts, up to ``longest`` bytes.

        What is no success is a fault, save the statuses ``accepted``.

        :raises SyntaxError: when the engine does not understand what is asked (400), with its own message.
        :raises TimeoutError: when it takes too long.
        :raises BuildError: for everything else: it cannot be reached, refuses us, or fails.
        """
        until = time.monotonic() + self._seconds
        body: Any = {"content": content} if form is None else {"data": dict(form)}
        given: Any = None if parameters is None else dict(parameters)
        try:
            with self._client.stream(method, self.url, params=given, headers={"Accept": accept, **(headers or {})}, **body) as response:
                answered = Reply(self.url, response, until, self._seconds, longest)
                if not response.is_success and response.status_code not in accepted:
                    raise answered.fault(self._credentials.prefix)
                yield answered
        except httpx.TimeoutException:
            raise late(self.url, self._seconds) from None
        except httpx.HTTPError as error:
            raise BuildError(f"{self.url}: cannot be reached: {error}: is the engine running, and is this its address?") from None


@dataclass(frozen=True, slots=True)
class Reply:
    """What an engine answers, while it arrives."""

    url: str
    _response: httpx.Response
    _until: float
    _seconds: float
    _longest: int | None

    @property
    def media(self) -> str:
        """The media type, without its parameters."""
        return str(self._response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    def header(self, name: str) -> str | None:
        """Return the header called ``name``, or none."""
        found: str | None = self._response.headers.get(name)
        return found

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        :raises TimeoutError: when it takes longer than the whole answer may.
        :raises OverflowError: when it is longer than it may be.
        """
        read = 0
        for chunk in self._response.iter_bytes():
            read += len(chunk)
            if self._longest is not None and read > self._longest:
                raise OverflowError(f"{self.url}: the answer is longer than {self._longest} bytes: ask with LIMIT and OFFSET")
            if time.monotonic() > self._until:
                raise late(self.url, self._seconds)
            yield chunk

    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(self)

    def file(self) -> io.BufferedReader:
        """Return the body as a file to read from, which holds little of it at a time."""
        return io.BufferedReader(_Stream(iter(self)))

    def fault(self, prefix: str) -> Exception:
        """Return the exception that an answer of failure means; ``prefix`` begins the variables that say who we are."""
        status = self._response.status_code
        said = b""
        for chunk in self._response.iter_bytes(MESSAGE):
            said += chunk
            if len(said) >= 4 * MESSAGE:
                break
        message = said.decode("utf-8", "replace").strip()[:MESSAGE]
        if status == 400:
            return SyntaxError(message or "the engine does not say what is wrong")
        remedies = {
            401: f"the engine does not know us: set {prefix}USER and {prefix}PASSWORD, or {prefix}TOKEN",
            403: "the engine does not allow us this: sign in as a user who may",
            404: "there is nothing at this address: see docs/engines.md for those of each engine",
        }
        remedy = remedies.get(status, "see the engine's log" if status >= 500 else "see docs/engines.md for the addresses of each engine")
        return BuildError(f"{self.url}: answered {status} {self._response.reason_phrase}: {remedy}{': ' if message else ''}{message}")


class _Stream(io.RawIOBase):
    """The chunks of an answer, to be read as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            following = next(self._chunks, None)
            if following is None:
                return 0
            self._rest = following
        taken = min(len(buffer), len(self._rest))
        buffer[:taken], self._rest = self._rest[:taken], self._rest[taken:]
        return taken


def checked(url: str) -> str:
    """Return ``url`` when it is one of HTTP and holds no password.

    :raises BuildError: when it is not.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise BuildError(f"{url}: is no URL: {error}") from None
    if parsed.userinfo:
        raise BuildError(f"{parsed.host}: the URL holds a user or password, which others can read: set them in the environment instead")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise BuildError(f"{url}: is no URL of an engine: it begins with http:// or https://")
    return url


def late(url: str, seconds: float) -> TimeoutError:
    """Return the error of an engine that takes too long."""
    return TimeoutError(f"{url}: not answered within {seconds:g} s: ask for less, or give it more time")
