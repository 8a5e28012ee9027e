"""Model specs: `provider:model[@base_url]`, as people write them, read strictly.

The provider ends at the first `:`, the base url begins at the last `@http`. What is wrong is said in one sentence.
"""

import re
from urllib.parse import urlsplit

from executus.values import Record

AVAILABLE = ("openai",)
_USER = re.compile(r"//.*@", re.DOTALL)

MOST_SHOWN = 100

PLANNED = ("anthropic", "ollama")
"""Names that are taken, so that no tier is called like one."""


class Spec(Record, frozen=True):
    """One model of one provider; an empty `base_url` is the provider's own."""

    provider: str
    model: str
    base_url: str = ""


def read_spec(text: str) -> Spec:
    """The spec that `text` is; raises ValueError."""
    provider, colon, rest = text.partition(":")
    if not colon:
        raise ValueError(f'{shown(text)} is no model spec: write "provider:model", like "openai:gpt-5"')
    if provider not in AVAILABLE:
        is_known = "is not available yet" if provider in PLANNED else "is unknown"
        raise ValueError(f"provider {shown(provider)} {is_known}; available: {', '.join(AVAILABLE)}")
    model, at, url = rest.rpartition("@http")
    if not at:
        model = rest
    if not model or model != model.strip() or not model.isprintable():
        raise ValueError(f"{shown(text)} names no model: write {provider}:model")
    return Spec(provider, model, read_base_url(f"http{url}") if at else "")


def is_spec(text: str) -> bool:
    """Does `text` begin like a spec? Then it is one, right or wrong, and no tier's name."""
    return text.partition(":")[0] in (*AVAILABLE, *PLANNED) and ":" in text


def shown(text: str) -> str:
    """What is quoted of a wrong text: one short line, without whatever stands where an address has its user."""
    hidden = _USER.sub("//…@", text)
    return repr(hidden if len(hidden) <= MOST_SHOWN else hidden[:MOST_SHOWN] + "…")


def read_base_url(text: str) -> str:
    """`text` as a base url without a slash at its end; raises ValueError.

    Users, queries and fragments are refused: they carry secrets, and a base url is part of a model's name.
    """
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
        parts = urlsplit("")
    host = parts.hostname or "none"
    if not host.isprintable() or len(host) > MOST_SHOWN:
        host = shown(host)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"a base url has no user, query or fragment (host {host}); give a key in keys")
    if not is_whole or not text.isprintable() or " " in text:
        raise ValueError(f"{shown(text)} is no base url: write http(s)://host[:port][/path]")
    return text.rstrip("/")
