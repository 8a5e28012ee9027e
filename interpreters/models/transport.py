"""The one socket of all dialects: a POST, and a pure decoder folded over the bytes that come back.

No redirect is followed, nothing is read without a bound, and every failure is a `Fault` that is returned:
exceptions of the HTTP library carry the request's headers. aiohttp is imported when the first call is made.
"""

import asyncio
import io
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable
from urllib.parse import urlsplit

from msgspec.structs import force_setattr

from executus.spans import Span, say, span
from executus.values import Fault, Record, microseconds
from interpreters.models import faults

if TYPE_CHECKING:
    import aiohttp

_ERROR_BYTES = 64 * 1024
_ERROR_SECONDS = 5.0
_LINGER_SECONDS = 0.25
"""What the end of the bytes may take after the end marker: then the connection can be used again."""


class Patience(Record, frozen=True, kw_only=True):
    """How long to wait for a connection, for the first thing that is said, and from each to the next.

    Bytes that say nothing (comments that keep a connection open) don't count. The whole reply has no limit
    here: a run has a deadline of its own. Raises ValueError for what is no span above zero.
    """

    connect: Span = timedelta(seconds=10)
    first_event: Span = timedelta(seconds=120)
    idle: Span = timedelta(seconds=60)

    def __post_init__(self) -> None:
        for name in ("connect", "first_event", "idle"):
            value = span(getattr(self, name), name)
            if value <= timedelta():
                raise ValueError(f"{name} must be above zero, got {getattr(self, name)!r}")
            force_setattr(self, name, value)


@runtime_checkable
class Incoming(Protocol):
    """A reply that is being read, in any dialect."""

    @property
    def is_done(self) -> bool:
        """No further byte can change it."""
        ...


S = TypeVar("S", bound=Incoming)
Decode = Callable[[S, bytes], tuple[S, tuple[object, ...]]]


class _Watch:
    """The one timer of a call. Only what is said pushes it on."""

    def __init__(self, patience: Patience, timer: asyncio.Timeout) -> None:
        self.patience = patience
        self.timer = timer
        self.has_heard = False

    def hear(self) -> None:
        self.has_heard = True
        idle = cast(timedelta, self.patience.idle).total_seconds()
        self.timer.reschedule(asyncio.get_running_loop().time() + idle)

    def stop(self) -> None:
        self.timer.reschedule(None)

    def __str__(self) -> str:
        if self.has_heard:
            return f"nothing more was said within {_say(self.patience.idle)}"
        return f"nothing was said within {_say(self.patience.first_event)}"


class Transport:
    """One HTTP session, for one event loop. Connections are kept and used again; cookies are not."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.time) -> None:
        self._patience = patience
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(
        self,
        url: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        *,
        provider: str,
        first: S,
        decode: Decode[S],
    ) -> S | Fault:
        """One POST: `decode` folded over the answer's bytes, or the fault that came instead. Never raises one."""
        import aiohttp

        watch: _Watch | None = None
        try:
            async with asyncio.timeout(cast(timedelta, self._patience.first_event).total_seconds()) as timer:
                watch = _Watch(self._patience, timer)
                async with self._post(url, headers, body) as response:
                    if not 200 <= response.status < 300:
                        return await self._refusal(response, provider)
                    return await _fold(response, first, decode, watch)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if watch is not None and watch.timer.expired():
                return faults.fault(str(watch), provider=provider, retryable=True)
            return self._failure(error, url, provider)

    def _post(
        self, url: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> "AbstractAsyncContextManager[aiohttp.ClientResponse]":
        return self._opened().post(
            url,
            data=io.BytesIO(body),  # aiohttp sends large bytes in one go and warns; a file goes in pieces.
            headers=dict(headers),
            allow_redirects=False,
            proxy=proxy_of(url),
        )

    def _opened(self) -> "aiohttp.ClientSession":
        if self._session is None:
            import aiohttp

            connect = cast(timedelta, self._patience.connect).total_seconds()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),  # How many runs call at once is the host's to say.
                timeout=aiohttp.ClientTimeout(total=None, connect=connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "executus", "Accept-Encoding": "identity"},
            )
        return self._session

    async def _refusal(self, response: "aiohttp.ClientResponse", provider: str) -> Fault:
        body = await _read_some(response.content)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return faults.classify(response.status, headers, body, provider=provider, now=self._clock())

    def _failure(self, error: Exception, url: str, provider: str) -> Fault:
        """A failure without a reply; asking again helps unless the address or the certificate is wrong."""
        import aiohttp

        host = urlsplit(url).netloc
        is_lasting = isinstance(error, (aiohttp.ClientConnectorCertificateError, ValueError))
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            text = f"no connection to {host} within {_say(self._patience.connect)}"
        elif isinstance(error, aiohttp.ClientConnectorError):
            text = f"no connection to {host}: {error.os_error.strerror or error.os_error}"
        elif isinstance(error, aiohttp.ClientPayloadError):
            text = "the stream ended early: the connection broke"
        else:
            text = f"no reply from {host}: {error or type(error).__name__}"
        return faults.fault(text, provider=provider, retryable=not is_lasting)


async def _fold(response: "aiohttp.ClientResponse", first: S, decode: Decode[S], watch: _Watch) -> S:
    state = first
    async for chunk in response.content.iter_any():  # Never by lines: those have a limit of their own.
        state, said = decode(state, chunk)
        if state.is_done:
            watch.stop()
            await _linger(response.content)
            break
        if said:
            watch.hear()
    return state


async def _linger(content: "aiohttp.StreamReader") -> None:
    import aiohttp

    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while await content.readany():
                pass
    except (aiohttp.ClientError, OSError):
        pass  # The reply is complete; only the connection is lost.


async def _read_some(content: "aiohttp.StreamReader") -> bytes:
    """The start of an error's body: what comes soon, up to a limit."""
    import aiohttp

    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_ERROR_SECONDS):
            while size < _ERROR_BYTES and (piece := await content.readany()):
                pieces.append(piece)
                size += len(piece)
    except (aiohttp.ClientError, OSError):
        pass  # A status with half a reason says more than a broken connection.
    return b"".join(pieces)[:_ERROR_BYTES]


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for `url`; none for this machine itself.

    aiohttp would find it, too (`trust_env`), but would then take credentials from a netrc file as well.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_here(host) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say(limit: Span) -> str:
    return say(microseconds(cast(timedelta, limit)))
