"""What the world answers, as a scenario writes it down: the model's turns, tools that are played, what happens.

Plain records, read strictly (see reading.py): one that says two things, or nothing, is refused with the place
where it stands. All durations are written "5s"; none written: at once.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from executus.values import (
    NO_USAGE,
    Fault,
    FaultKind,
    Finish,
    Image,
    ModelReply,
    ToolCall,
    ToolClass,
    Usage,
    microseconds,
)

NOW = timedelta()


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one model call gives: a text, calls, both or neither; a failure; an exception; or nothing ever.

    A call is written `add({"a": 2})`; what stands in the brackets reaches the run as it is, broken or not. What it
    `says` and all its `calls` are given so many `times` over, for a model that finds no end. A
    failure is worth asking again where its `status` says so (0: no answer was received), or `retryable` does.
    """

    says: str | None = None
    calls: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    times: int = 1
    finish: Finish | None = None
    usage: Usage = NO_USAGE
    reasoning: str = ""
    fails: str | None = None
    status: int = 0
    retryable: bool | None = None
    retry_after: timedelta | None = None
    overflow: bool = False
    raises: str | None = None
    hangs: bool = False
    takes: timedelta = NOW
    speaks: tuple[timedelta, ...] = ()
    """When pieces of the reply come in, counted from when it was asked for."""

    def __post_init__(self) -> None:
        is_reply = self.says is not None or bool(self.calls)
        if [is_reply, self.fails is not None, self.raises is not None, self.hangs].count(True) != 1:
            raise ValueError("a turn says and calls, or fails, or raises, or hangs")
        if self.ids and len(self.ids) != len(self.calls):
            raise ValueError("a turn has an id for each call, or none at all")
        about_failure = (self.status, self.retryable, self.retry_after, self.overflow)
        if self.fails is None and about_failure != (0, None, None, False):
            raise ValueError("only a turn that fails has a status, retryable, retry_after or overflow")
        if self.speaks != tuple(sorted(self.speaks)) or (self.speaks and self.speaks[-1] > self.takes):
            raise ValueError("a model speaks in order, and not after its reply")
        for text in self.calls:
            called(text)

    @property
    def outcome(self) -> ModelReply | Fault | None:
        """The reply or the failure; None = nothing ever. (One that raises is played by the world.)"""
        if self.hangs:
            return None
        if self.fails is not None:
            return self._fault(self.fails)
        written = zip(self.calls, self.ids or [""] * len(self.calls), strict=True)
        calls = tuple([called(text, id) for text, id in written]) * self.times
        finish = self.finish or (Finish.TOOL_CALLS if calls else Finish.STOP)
        return ModelReply((self.says or "") * self.times, calls, self.usage, finish, self.reasoning)

    def _fault(self, message: str) -> Fault:
        wait = None if self.retry_after is None else microseconds(self.retry_after)
        again = self.status in (0, 408, 409, 429) or self.status >= 500
        retryable = again and not self.overflow if self.retryable is None else self.retryable
        return Fault(FaultKind.MODEL, message, "scripted", self.status, retryable, wait, self.overflow)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one call of a tool gives: a text; an error the model will read; that it can't tell; or nothing ever.

    `unknown` is why the tool doesn't know whether it has happened.
    """

    returns: str = ""
    raises: str | None = None
    unknown: str | None = None
    hangs: bool = False
    takes: timedelta | None = None
    """None: as long as the tool always takes."""


@dataclass(frozen=True, kw_only=True)
class Attached:
    """Pictures, a text or both that a tool shows the model while it runs, so long after it began."""

    at: timedelta = NOW
    text: str = ""
    images: tuple[Image, ...] = ()


FOUND = re.compile(r"(not done|unknown|done: .*|raises: .*|hangs)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class ToolScript:
    """A tool that is played: the same answer every time, or `in_turn` one after the other, the last for ever.

    `of` says who brings it: the host's registry, the invocation (`extra`), or the session. `reconciles` is what
    it says of a lost call, each time it is asked: "not done", "unknown", "done: the result", "raises: why",
    "hangs". While it runs it may show pictures (`attaches`), and `beats` are signs of life, so long after it
    began. A `late` tool can't be stopped: its answer comes, though nobody waits. `shows_state` returns the run's
    live state.
    """

    name: str
    returns: str = ""
    raises: str | None = None
    unknown: str | None = None
    in_turn: tuple[Answer, ...] = ()
    takes: timedelta = NOW
    hangs: bool = False
    effect: ToolClass = ToolClass.UNSAFE
    serial: bool = False
    repeatable: bool = False
    timeout: timedelta | None = None
    needs_approval: bool = False
    reconciles: tuple[str, ...] = ()
    verifier: str = ""
    parameters: str = '{"type":"object"}'
    of: Literal["registry", "extra", "session"] = "registry"
    attaches: tuple[Attached, ...] = ()
    beats: tuple[timedelta, ...] = ()
    late: bool = False
    shows_state: bool = False

    def __post_init__(self) -> None:
        for found in self.reconciles:
            if not FOUND.fullmatch(found):
                raise ValueError(
                    f'reconciles: "not done", "unknown", "done: …", "raises: …", "hangs"; not {found!r}'
                )

    @property
    def answers(self) -> tuple[Answer, ...]:
        alone = Answer(returns=self.returns, raises=self.raises, unknown=self.unknown, hangs=self.hangs)
        return self.in_turn or (alone,)

    def takes_for(self, answer: Answer) -> timedelta | None:
        """How long this answer takes; None = it never comes."""
        if answer.hangs or self.hangs:
            return None
        return self.takes if answer.takes is None else answer.takes


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something from outside, at an instant: "0s" is before anything was answered.

    cancel (by), shutdown, steer (text, images), limits (max_runtime, max_iterations, tokens, cost),
    settle (call_id, happened, result, by), activity, port_failed (port, message).
    """

    at: timedelta
    what: Literal["cancel", "shutdown", "steer", "limits", "settle", "activity", "port_failed"]
    by: str = "caller"
    text: str = ""
    images: tuple[Image, ...] = ()
    max_runtime: timedelta | None = None
    max_iterations: int | None = None
    tokens: int | None = None
    cost: int | None = None
    call_id: str = ""
    happened: bool = True
    result: str = ""
    port: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The models that a tier stands for, or what looking it up raises.

    `windows` are the models' context windows in tokens, in their order (0: unknown); `labels` are what the tier
    adds to all that the run does.
    """

    models: tuple[str, ...] = ()
    windows: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    raises: str | None = None


def called(text: str, id: str = "") -> ToolCall:
    """The call that a scenario writes as `name(arguments)`."""
    written = re.fullmatch(r"([^(]*)\((.*)\)", text, re.DOTALL)
    if written is None:
        raise ValueError(f"a call is written name(arguments), not {text!r}")
    return ToolCall(id, written[1], written[2])
