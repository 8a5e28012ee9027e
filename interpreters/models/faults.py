"""What a provider's refusal means: an HTTP status, headers and a body, or an error inside a reply, as a `Fault`.

Pure: the clock comes in as an argument. Every text is bounded and stands on one line, because it is
read by people, logged, and kept in a transcript.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from executus.values import Duration, Fault, FaultKind, Record, seconds
from interpreters.models.wire import Unreadable, members, mend, read_json

LONGEST_TEXT = 500
_LONGEST_WAIT = 365 * 86_400.0
_NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_PERMANENT = _NO_CREDIT | {
    "authentication_error",
    "content_filter",
    "content_policy_violation",
    "context_length_exceeded",
    "invalid_api_key",
    "invalid_request_error",
    "model_not_found",
    "not_found_error",
    "permission_error",
    "unsupported_parameter",
}


class Complaint(Record, frozen=True):
    """What a provider says about an error: a text, and its code and type, both mostly words."""

    text: str = ""
    code: str = ""
    type: str = ""


def fault(message: str, *, provider: str, status: int = 0, retryable: bool = False) -> Fault:
    """A model's fault whose text is bounded and on one line."""
    return Fault(FaultKind.MODEL, one_line(message), provider, status, retryable)


def classify(status: int, headers: Mapping[str, str], body: bytes, *, provider: str, now: float) -> Fault:
    """The fault an HTTP answer is that carries no reply. `headers` in lower case, `now` in Unix seconds."""
    if 300 <= status < 400:
        return fault(_redirect(headers.get("location", "")), provider=provider, status=status)
    complaint = read_complaint(body)
    return Fault(
        FaultKind.MODEL,
        one_line(_worded(complaint)) or f"no reason given ({_phrase(status)})",
        provider,
        status,
        _is_retryable(status, headers.get("x-should-retry", ""), complaint),
        retry_after(headers, now),
    )


def in_band(document: object, *, provider: str) -> Fault:
    """The fault a JSON document is that came with HTTP 200, where the code is all that tells what it means."""
    complaint = _complaint(document)
    said = int(complaint.code) if re.fullmatch("[45][0-9][0-9]", complaint.code) else 0
    is_permanent = bool(_PERMANENT & {complaint.code, complaint.type})
    retryable = _is_retryable(said, "", complaint) if said else not is_permanent
    text = one_line(_worded(complaint)) or "the provider reported an error without a reason"
    return fault(text, provider=provider, status=said or 200, retryable=retryable)


def _is_retryable(status: int, should_retry: str, complaint: Complaint) -> bool:
    if should_retry in ("true", "false"):
        return should_retry == "true"
    if status == 429:
        return not _NO_CREDIT & {complaint.code, complaint.type}
    return status in (408, 409) or status >= 500


def retry_after(headers: Mapping[str, str], now: float) -> Duration | None:
    """The least wait a provider asks for: milliseconds, seconds or an HTTP date; None if it makes no sense."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return _wait(milliseconds / 1000)
    text = headers.get("retry-after", "")
    number = _number(text)
    if number is not None:
        return _wait(number)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return _wait(max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _wait(count: float) -> Duration:
    return seconds(min(count, _LONGEST_WAIT))  # A longer one says no more, and would not fit every store.


def read_complaint(body: bytes) -> Complaint:
    """What an error body says, whatever shape it has."""
    try:
        return _complaint(read_json(body, object))
    except Unreadable:
        return Complaint(_page(body.decode("utf-8", "replace")))


def _complaint(document: object) -> Complaint:
    if isinstance(document, str):
        return Complaint(document)
    outer = members(document) or members(_first(document))
    error = outer.get("error")
    inner = members(error) or outer
    text = error if isinstance(error, str) and error else _text_of(inner)
    return Complaint(text, _word(inner.get("code")), _word(inner.get("type")))


def _first(document: object) -> object:
    """Some send their error in a list."""
    return next(iter(cast("list[object]", document)), None) if isinstance(document, list) else None


def _text_of(document: dict[str, object]) -> str:
    for name in ("message", "detail", "msg", "title"):
        value = document.get(name)
        if value:
            return value if isinstance(value, str) else repr(value)
    return ""


def _word(value: object) -> str:
    return str(value) if type(value) in (str, int) else ""


def _worded(complaint: Complaint) -> str:
    """The text, after the code where it doesn't name it: that is what people search for.

    Never before the code: texts are cut at their end, and a key that is cut must stand there to be found.
    """
    text, code = complaint.text, complaint.code
    if not text:
        return code or complaint.type
    return text if not code or code.isdigit() or code in text else f"{code}: {text}"


def _page(text: str) -> str:
    """A gateway's HTML page, as its title; other text as it is."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return text
    title = re.search(r"<title[^>]{0,200}>([^<]{1,500})", text[:10_000], re.IGNORECASE)
    return f"an HTML page instead of a reply: {title[1] if title else 'without a title'}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP {status}"


def _redirect(location: str) -> str:
    """Only where to: a query may carry a secret."""
    try:
        parts = urlsplit(location)
        to = f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path
    except ValueError:
        to = ""
    return f"redirects are not followed; this one leads to {to or 'nowhere'}"


def one_line(text: str) -> str:
    """`text` without control characters and line breaks, at most `LONGEST_TEXT` characters of it."""
    start = mend([text[: LONGEST_TEXT * 8]])
    line = " ".join("".join(char if char.isprintable() else " " for char in start).split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


_OVERFLOW = re.compile(
    r"context[ _-]?(length|window|size|limit)|(prompt|input) (is )?too (long|large)"
    r"|maximum (prompt|model|sequence) length|token count [^.]{0,40} exceeds|too large for model"
    r"|reduce the length of the (messages|prompt|input)|exceeds? the (maximum|limit|available)[^.]{0,40} tokens"
)


def is_overflow(model_fault: Fault) -> bool:
    """Does the provider say that the conversation is too long for the model? Mostly only its words tell.

    A rate limit counted in tokens reads much alike and is none.
    """
    if model_fault.status in (413, 429, 503):
        return model_fault.status == 413
    return bool(_OVERFLOW.search(model_fault.message.lower()))
