"""Retries of the client: when a request is sent again, and after which time."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
import tenacity

#: Attempts for a request before its failure is raised.
ATTEMPTS: Final = 4
#: Longest wait before a retry, whatever ``Retry-After`` says (seconds).
LONGEST_WAIT: Final = 20.0
#: Errors after which a request is retried: no response has begun.
TRANSIENT: Final = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)


def is_busy(answer: httpx.Response) -> bool:
    """Whether the service says that it is busy (503)."""
    return answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE


def wait(attempt: tenacity.RetryCallState) -> float:
    """Return the wait before a retry (seconds): ``Retry-After``, else exponential back-off; at most :data:`LONGEST_WAIT`."""
    outcome = attempt.outcome
    retry_after = "" if outcome is None or outcome.failed else outcome.result().headers.get("Retry-After", "")
    return min(LONGEST_WAIT, _seconds(retry_after, 0.25 * 2**attempt.attempt_number))


def _seconds(retry_after: str, otherwise: float) -> float:
    """Return the seconds of a ``Retry-After`` (RFC 9110, 10.2.3), which is a number or a date; ``otherwise`` if it is neither.

    >>> _seconds("7", 0.5), _seconds("Thu, 01 Jan 1970 00:00:00 GMT", 0.5), _seconds("soon", 0.5)
    (7.0, 0.0, 0.5)
    """
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return otherwise


def last_outcome(attempt: tenacity.RetryCallState) -> Any:
    """Return the response of the last attempt, or raise its error."""
    assert attempt.outcome is not None
    return attempt.outcome.result()
