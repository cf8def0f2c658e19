"""HTTP connections to a remote engine: credentials, timeouts, limits on answer length, and the errors that failures raise."""

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

#: How often a failed connection is retried; a request that was sent is not.
ATTEMPTS: Final = 2
#: How many characters of the engine's own message are passed on.
MESSAGE: Final = 500
#: Prefixes of the environment variables with the credentials for publishing and for querying a store.
PUBLISH: Final = "MABGRAPH_PUBLISH_"
STORE: Final = "MABGRAPH_STORE_"

Parameters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials for an engine: a user with a password, or a bearer token; neither is ever part of a URL.

    ``prefix`` is the prefix of the environment variables that they are from.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    prefix: str = field(default=PUBLISH, compare=False)

    @classmethod
    def from_environment(cls, prefix: str = PUBLISH, environment: Mapping[str, str] = os.environ) -> Credentials:
        """Return the credentials in the variables ``…USER``, ``…PASSWORD`` and ``…TOKEN``; empty where they are not set.

        :raises BuildError: when both a token and a user are set.
        """
        user, password, token = (environment.get(prefix + name, "") for name in ("USER", "PASSWORD", "TOKEN"))
        credentials = cls(user, password, token, prefix)
        if credentials.user and credentials.token:
            raise BuildError(f"{prefix}USER and {prefix}TOKEN are both set: an engine takes one of them; unset the other")
        return credentials

    def auth(self) -> httpx.Auth | None:
        """Return the authentication of requests."""
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
    """Basic or digest authentication, as the engine's first challenge demands."""

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
    """A persistent HTTP connection to one URL of an engine."""

    def __init__(
        self, url: str, seconds: float, credentials: Credentials | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Take the URL, the timeout of a whole answer, the credentials, and (in tests) the transport.

        :raises BuildError: when it is no HTTP URL, or contains a password.
        """
        self.url, self._seconds, self._credentials = check_url(url), seconds, credentials or Credentials()
        self._client = httpx.Client(
            auth=self._credentials.auth(), timeout=seconds, transport=transport or httpx.HTTPTransport(retries=ATTEMPTS)
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextmanager
    def answer(
        self, method: str, accept: str = "*/*", *, parameters: Parameters | None = None, form: Parameters | None = None,
        content: bytes | Iterable[bytes] | None = None, headers: Mapping[str, str] | None = None, longest: int | None = None,
        accepted: Collection[int] = (),
    ) -> Iterator[Reply]:  # fmt: skip
        """Send one request and yield its reply, which can be read inside the ``with`` block, up to ``longest`` bytes.

        A status that is neither success nor one of ``accepted`` is an error.

        :raises SyntaxError: when the engine rejects the request as malformed (400), with the engine's message.
        :raises TimeoutError: when the answer takes too long.
        :raises BuildError: for every other failure: unreachable, unauthorised, or a server error.
        """
        until = time.monotonic() + self._seconds
        body: Any = {"content": content} if form is None else {"data": dict(form)}
        query_parameters: Any = None if parameters is None else dict(parameters)
        try:
            with self._client.stream(
                method, self.url, params=query_parameters, headers={"Accept": accept, **(headers or {})}, **body
            ) as response:
                reply = Reply(self.url, response, until, self._seconds, longest)
                if not response.is_success and response.status_code not in accepted:
                    raise reply.fault(self._credentials.prefix)
                yield reply
        except httpx.TimeoutException:
            raise timeout_error(self.url, self._seconds) from None
        except httpx.HTTPError as error:
            raise BuildError(f"{self.url}: cannot be reached: {error}: is the engine running, and is this its address?") from None


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of an engine, read as a stream."""

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
        field_value: str | None = self._response.headers.get(name)
        return field_value

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body in chunks.

        :raises TimeoutError: when the whole answer takes too long.
        :raises OverflowError: when it is too long.
        """
        read = 0
        for chunk in self._response.iter_bytes():
            read += len(chunk)
            if self._longest is not None and read > self._longest:
                raise OverflowError(f"{self.url}: the answer is longer than {self._longest} bytes: ask with LIMIT and OFFSET")
            if time.monotonic() > self._until:
                raise timeout_error(self.url, self._seconds)
            yield chunk

    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(self)

    def file(self) -> io.BufferedReader:
        """Return the body as a buffered file, which holds little of it in memory."""
        return io.BufferedReader(_Stream(iter(self)))

    def fault(self, prefix: str) -> Exception:
        """Return the exception for a failure; ``prefix`` is that of the credential variables, for the remedy."""
        status = self._response.status_code
        body = b""
        for chunk in self._response.iter_bytes(MESSAGE):
            body += chunk
            if len(body) >= 4 * MESSAGE:
                break
        message = body.decode("utf-8", "replace").strip()[:MESSAGE]
        if status == 400:
            return SyntaxError(message or "the engine gives no reason")
        remedies = {
            401: f"the engine does not accept the credentials: set {prefix}USER and {prefix}PASSWORD, or {prefix}TOKEN",
            403: "the engine does not permit this: sign in as a user who may",
            404: "there is nothing at this address: see docs/engines.md for those of each engine",
        }
        remedy = remedies.get(status, "see the engine's log" if status >= 500 else "see docs/engines.md for the addresses of each engine")
        return BuildError(f"{self.url}: answered {status} {self._response.reason_phrase}: {remedy}{': ' if message else ''}{message}")


class _Stream(io.RawIOBase):
    """The chunks of a reply as a raw file."""

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


def check_url(url: str) -> str:
    """Return ``url`` if it is an HTTP URL without a password.

    :raises BuildError: if it is not.
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


def timeout_error(url: str, seconds: float) -> TimeoutError:
    """Return the error of an engine that exceeds its timeout."""
    return TimeoutError(f"{url}: not answered within {seconds:g} s: ask for less, or give it more time")
