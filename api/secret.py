"""The secret of the texts: who sends it may read them. It comes in ``Authorization`` alone, as a token or as a password.

A program sends ``Bearer``, a browser asks its user and sends ``Basic`` (any user name). So the secret is in no address that is asked for,
in no cookie and in no answer, and no page needs a script for it (decision 22).
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: The fewest characters of a secret.
LEAST: Final = 16
#: The user name in addresses that are printed; any other will do.
USER: Final = "texts"
#: Both ways to send the secret, for the answer that asks for it (RFC 9110, 11.6.1).
CHALLENGE: Final[Mapping[str, str]] = MappingProxyType({"WWW-Authenticate": 'Bearer realm="texts", Basic realm="texts", charset="UTF-8"'})


def fresh() -> str:
    """Return a secret that nobody can guess: 256 random bits in 43 characters of a URL."""
    return secrets.token_urlsafe(32)


def is_sent(authorization: str | None, secret: str) -> bool:
    """Whether an ``Authorization`` field carries ``secret``; the time it takes says nothing of where the two differ.

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
    """Return the password of ``Basic`` credentials (RFC 7617), nothing where they are none."""
    try:
        _, sign, password = b64decode(coded, validate=True).partition(b":")
    except binascii.Error:
        return b""
    return password if sign else b""
