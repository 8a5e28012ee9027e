"""What one run keeps at the host's ports, in one place; and how a host's function is called for it.

Nothing is decided here: which port answers which question stands in desk.py.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import Any, Protocol, TypeVar, runtime_checkable

from executus.agent import Agent
from executus.bounds import bounds_of
from executus.canonical import encode
from executus.effects import Delegate, RunTool
from executus.events import ActivitySeen, Signal, Steered
from executus.facts import Grant
from executus.invocation import Invocation
from executus.result import RunResult
from executus.rules.guards import canonical
from executus.state import Run
from executus.values import EffectId, Image, Instant, ToolCall
from interpreters.faults import settled
from interpreters.handlers import Handlers, is_blocking
from interpreters.livestate import LiveState, live_state, remaining
from interpreters.ports import Tool, ToolContext
from interpreters.seen import Observed
from interpreters.services import SessionTools
from interpreters.tools.output import Output

T = TypeVar("T")


@runtime_checkable
class World(Protocol):
    """What a desk needs of the world its run lives in. `now`, `post` and `observe` are called from any thread."""

    def now(self) -> Instant:
        """The run's own clock."""
        ...

    def post(self, signal: Signal) -> None:
        """The run is to hear of this, stamped with the instant at which it arrives (its own `at` counts
        nothing)."""
        ...

    def observe(self, seen: Observed) -> None:
        """Those who observe the run are to be told, in order: hand it to `Desk.observe`."""
        ...

    async def aside(self, work: Callable[[], T], name: str) -> T:
        """What a plain function gives that may take its time: in a thread, or simply called."""
        ...

    def child(self, agent: Agent, invocation: Invocation, question: Delegate) -> Awaitable[RunResult]:
        """Run another agent in a world below this one, and report what it uses as `UsageSeen`."""
        ...


class Book:
    """The state of one desk, and what tools and session may see and do of the run (`RunInSight`)."""

    def __init__(
        self, handlers: Handlers, world: World, run_id: str, agent: Agent, invocation: Invocation
    ) -> None:
        self.handlers = handlers
        self.world = world
        self.run_id = run_id
        self.agent = agent
        self.invocation = invocation
        self.labels = invocation.labels
        self.run: Run | None = None
        self.lane: str | None = None
        """The lane in which the run holds a place."""
        self.grant: Grant | None = None
        self.recorder: Any = None
        self.checkpoint: Any = None
        self.monitor: Any = None
        """The critic of this run: an object with `consult`."""
        self.session = SessionTools()
        self.tools: dict[str, Tool] = {}
        self.palette: dict[tuple[str, str], Any] = {}
        """What the palette has resolved, by kind and name."""
        self.output: Output | None = None
        self.dropped: set[EffectId] = set()
        """Questions that nobody waits for any more: what they open is not kept."""
        self._stirred: Instant | None = None

    async def call(self, function: Callable[..., object], *arguments: object) -> object:
        """What a handler gives: a plain function may take its time, an async one is awaited."""
        if is_blocking(function):
            name = getattr(function, "__qualname__", type(function).__name__)
            return await settled(await self.world.aside(lambda: function(*arguments), str(name)))
        return await settled(function(*arguments))

    def key_of(self, number: int, arguments: str) -> str:
        """The idempotency key of a call: the same across attempts, workers and engines (semantics.md section
        8)."""
        parts = (self.run_id, number, canonical(arguments))
        return blake2b(encode(parts), digest_size=20).hexdigest()

    def context_of(self, question: RunTool) -> ToolContext:
        """What the tool of this call may know of the run."""
        call = question.call
        key = partial(self.key_of, question.number, call.arguments)
        return ToolContext(run_id=self.run_id, call_id=call.call_id, key=key, run=self)

    def number_of(self, call: ToolCall) -> int:
        """Which call of the run this one of the open step is."""
        if self.run is None or not self.run.talk.slots:
            return 0
        talk = self.run.talk
        for place, one in enumerate(talk.conversation.last.calls):
            if one.call_id == call.call_id:
                return talk.calls_done + place
        return talk.calls_done

    def heartbeat(self) -> None:
        """At most one sign of life in a quarter of the critic's window enters the record."""
        now, last = self.world.now(), self._stirred
        quarter = bounds_of(self.agent, self.handlers.defaults).critic_soft_timeout // 4
        if last is None or now - last >= quarter:
            self._stirred = now
            self.world.post(ActivitySeen(now))

    def attach_images(self, text: str, images: tuple[Image, ...]) -> None:
        self.world.post(Steered(self.world.now(), text, images))

    def live_state(self) -> LiveState | None:
        return None if self.run is None else live_state(self.run, self.world.now())

    def time_left(self) -> timedelta | None:
        return None if self.run is None else remaining(self.run, self.world.now())
