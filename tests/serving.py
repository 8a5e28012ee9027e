"""The model and the tools of a scenario, as handlers: each plays its script, and takes its time.

See hosting.py, which says what all handlers share.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from json import loads

from executus.agent import ModelChoice
from executus.canonical import encode
from executus.facts import NotDone, StillUnknown
from executus.spans import say
from executus.values import Fault, ModelReply, ToolResult, ToolSpec, microseconds
from interpreters.ports import ModelError, ModelRequest, OutcomeUnknown, Resolved, Spoken, ToolContext, ToolError
from interpreters.services import Done
from interpreters.tools.conforming import misfit
from specs.script import Answer, Attached, Tier, ToolScript, Turn
from tests.hosting import Host


class ModelPort:
    """The scenario's model behind its tiers: a script for each child that has one, and one for all others."""

    def __init__(self, host: Host) -> None:
        scenario = host.scenario
        self._host, self._tiers = host, scenario.tiers
        self._left = {
            child.name: list(child.model) for child in scenario.children or () if child.model is not None
        }
        self._left[""] = list(scenario.model)
        self._overdrawn: list[str] = []
        self.run_names: dict[str, str] = {}
        """Which child each run is, by its run id."""

    async def resolve(self, tier: str) -> object:
        await self._host.meet("ResolveModel")
        if self._host.scenario.resolving:
            await self._host.pause(self._host.scenario.resolving)
        if self._tiers is None:
            return (ModelChoice(tier),)
        found = self._tiers.get(tier, Tier(raises="no tier is called that"))
        if found.raises is not None:
            raise LookupError(found.raises)
        windows = [*found.windows, *[0 for _ in found.models]]
        chain = [ModelChoice(model, window or None) for model, window in zip(found.models, windows, strict=False)]
        return Resolved(tuple(chain), found.labels)

    async def __call__(self, request: ModelRequest) -> ModelReply:
        name = self.run_names.get(request.run_id, "")
        self._host.witness.labels.append(f"{request.model}: {' '.join(request.labels)}")
        turns = self._left.get(name, self._left[""])
        if not turns:
            self._overdrawn.append(f"{name or 'the model'} is asked once more: {request.messages[-1].text!r}")
            raise AssertionError(self._overdrawn[-1])
        return await self._play(turns.pop(0), request)

    async def _play(self, turn: Turn, request: ModelRequest) -> ModelReply:
        at = timedelta()
        for spoken in turn.speaks:
            await self._host.pause(spoken - at)
            at = spoken
            if request.on_delta is not None:
                request.on_delta(Spoken("…"))
        if turn.hangs:
            await self._host.pause(None)
        await self._host.pause(turn.takes - at)
        if turn.raises is not None:
            raise RuntimeError(turn.raises)
        outcome = turn.outcome
        assert outcome is not None
        if isinstance(outcome, Fault):
            raise ModelError(outcome)
        return outcome

    def check_all_used(self) -> None:
        """A turn that was never used is a mistake of the scenario, as is a call without one."""
        assert not self._overdrawn, self._overdrawn
        left = {name or "the model": len(turns) for name, turns in self._left.items() if turns}
        assert not left, f"turns that were never used: {left}"


class PlayedTool:
    """A scripted tool that takes its time, shows pictures and gives signs of life."""

    blocking = False

    def __init__(self, host: Host, script: ToolScript) -> None:
        self._host, self._script = host, script
        self._answers = _for_ever(script.answers)
        self._found = _for_ever(script.reconciles)
        self.late = script.late
        self.spec = ToolSpec(
            script.name,
            f"{script.name}, played",
            script.parameters,
            effect=script.effect,
            serial=script.serial,
            repeatable=script.repeatable,
            timeout=None if script.timeout is None else microseconds(script.timeout),
            needs_approval=script.needs_approval,
            reconcile=bool(script.reconciles),
            verifier=script.verifier,
        )

    async def call(self, arguments: str, context: ToolContext) -> ToolResult:
        problem = misfit(loads(self.spec.parameters), loads(arguments))
        if problem:
            raise ToolError(f"arguments do not fit: {problem}")
        answer = next(self._answers)
        self._host.witness.ran.append(f"{self.spec.name}({arguments})")
        self._host.witness.keys.append((self.spec.name, context.key))
        takes = self._script.takes_for(answer)
        await self._live(context, takes)
        if answer.raises is not None:
            raise ToolError(answer.raises)
        if answer.unknown is not None:
            raise OutcomeUnknown(answer.unknown)
        return ToolResult(_state_text(context) if self._script.shows_state else answer.returns)

    async def _live(self, context: ToolContext, takes: timedelta | None) -> None:
        """From its beginning to its end, with what it does in between."""
        at, pause = timedelta(), self._host.pause_on if self.late else self._host.pause
        for when, sign in sorted([*[(beat, None) for beat in self._script.beats], *self._shown()], key=_when):
            await pause(when - at)
            at = when
            if sign is None:
                context.heartbeat()
            else:
                context.attach_images(*sign.images, text=sign.text)
        await pause(None if takes is None else takes - at)

    def _shown(self) -> list[tuple[timedelta, Attached]]:
        return [(shown.at, shown) for shown in self._script.attaches]

    async def reconcile(self, key: str, arguments: str) -> object:
        await self._host.meet("Reconcile", self._host.witness.ran, f"reconcile {self.spec.name}({arguments})")
        found = next(self._found)
        match found.partition(": "):
            case ("not done", _, _):
                return NotDone()
            case ("unknown", _, _):
                return StillUnknown()
            case ("done", _, result):
                return Done(result)
            case ("raises", _, why):
                raise RuntimeError(why)
            case _:
                await self._host.pause(None)
        return None


def _state_text(context: ToolContext) -> str:
    """The live state that a tool sees, without what only the clock knows."""
    state = context.state
    assert state is not None
    left = "for ever" if state.remaining is None else say(microseconds(state.remaining))
    return encode(
        {
            "iteration": state.iteration,
            "tokens": state.tokens,
            "tool_calls": state.tool_calls,
            "elapsed": say(microseconds(state.elapsed)),
            "remaining": left,
        }
    ).decode()


def _for_ever(items: Sequence[str] | Sequence[Answer]) -> Iterator:  # type: ignore[type-arg] # of either
    yield from items
    while items:
        yield items[-1]


def _when(item: tuple[timedelta, Attached | None]) -> timedelta:
    return item[0]
