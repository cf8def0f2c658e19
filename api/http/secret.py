"""The secret that protects document texts. Clients send it in ``Authorization``, as a bearer token or as a password.

A program sends ``Bearer``; a browser asks its user and sends ``Basic`` (any user name). So the secret is in no URL, cookie or response,
and no page needs a script for it (decision 22).
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Minimum length of a secret (characters).
LEAST: Final = 16
#: The user name in printed URLs; any other is accepted.
USER: Final = "texts"
#: The challenge of a 401 response, with both schemes (RFC 9110, 11.6.1).
CHALLENGE: Final[Mapping[str, str]] = MappingProxyType({"WWW-Authenticate": 'Bearer realm="texts", Basic realm="texts", charset="UTF-8"'})


def generate() -> str:
    """Return a new secret: 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def is_sent(authorization: str | None, secret: str) -> bool:
    """Whether an ``Authorization`` field carries ``secret``, compared in constant time.

    >>> is_sent("Bearer abc", "abc"), is_sent("Basic dGV4dHM6YWJj", "abc"), is_sent("Bearer abd", "abc"), is_sent(None, "abc")
    (True, True, False, False)
    """
    scheme, _, rest = (authorization or "").partition(" ")
    value = rest.strip().encode("latin-1", "replace")
    if scheme.lower() == "basic":
        value = _password(value)
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(value, secret.encode())


def _password(coded: bytes) -> bytes:
    """Return the password of ``Basic`` credentials (RFC 7617); empty if they are malformed."""
    try:
        _, sign, password = b64decode(coded, validate=True).partition(b":")
    except binascii.Error:
        return b""
    return password if sign else b""
