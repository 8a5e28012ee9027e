"""Models behind tiers: what a host writes down once, and every run asks for by name.

`Models` resolves a tier to its chain and makes one HTTP request a call. Whether to ask again, or the next of the
chain, is the kernel's decision. Keys are read when it is made; nothing is read or opened at import.
"""

import asyncio
import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import cast
from urllib.parse import urlsplit

from executus.agent import ModelChoice
from executus.values import Fault, ModelReply
from interpreters.models import openai
from interpreters.models.keys import read_keys
from interpreters.models.spec import is_spec, read_base_url, read_spec
from interpreters.models.tiers import TierValue, read_file, read_tiers
from interpreters.models.transport import Decode, Patience, Transport
from interpreters.ports import ModelError, ModelFunction, ModelRequest, OnDelta, Spoken

__all__ = ["Models", "Patience", "TierValue"]

_OPENAI = "https://api.openai.com/v1"
_STRICT_DOMAINS = (".openai.azure.com", ".services.ai.azure.com")


class Models:
    """Tiers of models. Calls are made inside `async with`, by any number of runs at once.

    A tier's value is a spec ("openai:gpt-5", "openai:qwen3:8b@http://localhost:11434/v1"), a function
    (ModelRequest) -> ModelReply, or a list of these: a chain of fallbacks. `keys` go by provider, or by base
    url for a server with a key of its own; else OPENAI_API_KEY is used. OPENAI_BASE_URL is honoured. A key is
    sent only to servers that the tiers, `keys` or the environment name. Raises ValueError in one sentence.
    """

    def __init__(
        self,
        tiers: Mapping[str, TierValue],
        *,
        keys: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        reply_limit: int = openai.REPLY_LIMIT,
    ) -> None:
        self._chains, self._functions = read_tiers(tiers)
        self._default = _default_base_url()
        self._keys = read_keys(keys or {}, os.environ)
        self._named = self._servers()
        self._patience = patience or Patience()
        self._reply_limit = reply_limit
        self._open: dict[asyncio.AbstractEventLoop, _Opened] = {}

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        keys: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        reply_limit: int = openai.REPLY_LIMIT,
    ) -> "Models":
        """The tiers of a TOML file's `[models]` table; raises ValueError in one line that begins with the path."""
        return cls(read_file(path), keys=keys, patience=patience, reply_limit=reply_limit)

    def resolve(self, tier: str) -> tuple[ModelChoice, ...]:
        """The chain of a tier, or a spec itself; raises LookupError in one sentence."""
        chain = self._chains.get(tier)
        if chain is not None:
            return tuple(ModelChoice(model) for model in chain)
        if not is_spec(tier):
            raise LookupError(f"unknown tier {tier!r}; known: {', '.join(self._chains) or 'none'}")
        try:
            read_spec(tier)
        except ValueError as error:
            raise LookupError(str(error)) from None
        return (ModelChoice(tier),)

    async def __call__(self, request: ModelRequest) -> ModelReply:
        """One reply, by one request; raises `ModelError`."""
        opened = self._open.get(asyncio.get_running_loop())
        if opened is None:
            raise RuntimeError("Models must be entered before it is called: async with Models(...) as models")
        function = self._functions.get(request.model)
        if function is not None:
            return await _ask_function(function, request)
        outcome = await self._ask_server(opened.transport, request)
        if isinstance(outcome, Fault):
            raise ModelError(outcome)
        return outcome

    async def __aenter__(self) -> "Models":
        loop = asyncio.get_running_loop()
        self._open.setdefault(loop, _Opened(Transport(self._patience))).users += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = asyncio.get_running_loop()
        opened = self._open[loop]
        opened.users -= 1
        if not opened.users:
            del self._open[loop]
            await opened.transport.close()

    def __repr__(self) -> str:
        return f"<Models {', '.join(self._chains)}>"

    async def _ask_server(self, transport: Transport, request: ModelRequest) -> ModelReply | Fault:
        spec = read_spec(request.model)
        base = spec.base_url or self._default
        call = openai.encode(request, spec.model, strict=_is_strict(base))
        key = self._keys.key_of(spec.provider, base) if base in self._named else None
        authorisation = (("Authorization", f"Bearer {key.reveal()}"),) if key is not None else ()
        read = await transport.ask(
            base + call.path,
            (*call.headers, *authorisation),
            call.body,
            provider=spec.provider,
            first=openai.begin(request, limit=self._reply_limit),
            decode=_heard(request.on_delta),
        )
        outcome = read if isinstance(read, Fault) else openai.finish(read)
        return self._keys.cleaned(outcome) if isinstance(outcome, Fault) else outcome

    def _servers(self) -> frozenset[str]:
        """The base urls that the host has named: a spec from elsewhere gets no key."""
        models = (model for chain in self._chains.values() for model in chain if model not in self._functions)
        return frozenset({self._default, *self._keys.base_urls, *(read_spec(model).base_url for model in models)})


class _Opened:
    """What is open in one event loop, until the last that entered leaves."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.users = 0


def _heard(on_delta: OnDelta | None) -> Decode[openai.Decoding]:
    """The decoder; whoever listens hears each piece as it comes."""
    if on_delta is None:
        return openai.decode

    def decode(state: openai.Decoding, chunk: bytes) -> tuple[openai.Decoding, tuple[object, ...]]:
        state, said = openai.decode(state, chunk)
        for delta in said:
            on_delta(Spoken(delta.text, delta.reasoning))
        return state, said

    return decode


def _default_base_url() -> str:
    try:
        return read_base_url(os.environ.get("OPENAI_BASE_URL") or _OPENAI)
    except ValueError as error:
        raise ValueError(f"OPENAI_BASE_URL: {error}") from None


async def _ask_function(function: ModelFunction, request: ModelRequest) -> ModelReply:
    found = function(request)
    reply = cast("object", await found if inspect.isawaitable(found) else found)  # People's code: look.
    if not isinstance(reply, ModelReply):
        raise TypeError(f"{request.model} must give a ModelReply, got {reply!r:.100}")
    return reply


def _is_strict(base_url: str) -> bool:
    """Is this one of OpenAI's own servers? They refuse fields that others need."""
    host = urlsplit(base_url).hostname or ""
    return host == "api.openai.com" or host.endswith(_STRICT_DOMAINS)
