"""The model of a simulated run: it says what its world says, unless it is struck.

See ports.py, which says what all handlers share.
"""

from typing import cast

from executus.agent import ModelChoice
from executus.values import Fault, FaultKind, ModelReply, ToolCall, Usage, seconds
from interpreters.ports import ModelError, ModelRequest, Spoken
from specs.faults import Strike
from specs.worlds import Played
from tests.simulate.ports import Ports

LATE = (seconds(2), seconds(6), seconds(70), seconds(300))

FAULTS = (
    Fault(FaultKind.MODEL, "overloaded", "maker", 529, True),
    Fault(FaultKind.MODEL, "no connection", "maker", 0, True),
    Fault(FaultKind.MODEL, "wait", "maker", 429, True, seconds(2)),
    Fault(FaultKind.MODEL, "wait for long", "maker", 429, True, seconds(4000)),
    Fault(FaultKind.MODEL, "who are you", "maker", 401),
    Fault(FaultKind.MODEL, "too long", "maker", 413, False, None, True),
    Fault(FaultKind.MODEL, "nonsense", "maker", 400),
)

ARGUMENTS = ("{", "[]", "", "1", '{"a":1,"a":2}', "null", '{"a":' * 40)


class Model:
    """The model of the run, and, more simply, that of the runs below it."""

    def __init__(self, ports: Ports) -> None:
        self._ports, self._weather = ports, ports.weather
        self._turn = self._childs_turn = 0

    async def resolve(self, tier: str) -> tuple[ModelChoice, ...]:
        played = self._weather.storm.world.resolving
        if played.outcome is None and not self._weather.is_calm:
            await self._ports.hang()
        if played.takes and not self._weather.is_calm:
            await self._ports.wait(played.takes)
        if isinstance(played.outcome, Fault) and not self._weather.is_calm:
            raise RuntimeError(played.outcome.message)
        chain = played.outcome if isinstance(played.outcome, tuple) and played.outcome else (ModelChoice("model"),)
        return cast("tuple[ModelChoice, ...]", chain)

    async def __call__(self, request: ModelRequest) -> ModelReply:
        if request.run_id != self._weather.run_id:
            return await self._for_a_child()
        strike = self._weather.strike("CallModel")
        if strike is not None and strike.fault != "model.reply":
            return await self._struck(strike)
        replies = self._weather.storm.world.replies
        self._turn += 1
        played = replies[min(self._turn, len(replies)) - 1]
        if self._weather.is_calm and not isinstance(played.outcome, ModelReply):
            played = replies[-1]
        if played.takes and request.on_delta is not None:
            request.on_delta(Spoken("…"))
        reply = await self._played(played)
        self._weather.note("model.reply", "CallModel")
        return reply

    async def _for_a_child(self) -> ModelReply:
        replies = self._weather.storm.child
        self._childs_turn += 1
        played = replies[min(self._childs_turn, len(replies)) - 1]
        if self._childs_turn > 20 or self._weather.is_calm:
            return ModelReply("Helped.")
        return await self._played(played)

    async def _played(self, played: Played) -> ModelReply:
        if played.outcome is None:
            await self._ports.hang()
        if played.takes:
            await self._ports.wait(min(played.takes, seconds(1)) if self._weather.is_calm else played.takes)
        if isinstance(played.outcome, Fault):
            raise ModelError(played.outcome)
        return cast("ModelReply", played.outcome)

    async def _struck(self, strike: Strike) -> ModelReply:
        more, bounds = strike.more, self._weather.storm.world.wiring.defaults
        if strike.fault == "model.late":
            await self._ports.pause_on(LATE[more % 4])
            if not self._weather.awaits_model():
                self._weather.note(strike.fault)
            return ModelReply("Late.")
        self._weather.note(strike.fault, "CallModel")
        match strike.fault:
            case "model.hang":
                await self._ports.hang()
            case "model.error":
                raise ModelError(FAULTS[more % len(FAULTS)])
            case "model.empty":
                return ModelReply(["", " \n"][more % 2], (), Usage(1, 0))
            case "model.malformed":
                return ModelReply("", (ToolCall("m", self._a_tool(), ARGUMENTS[more % len(ARGUMENTS)]),))
            case "model.unknown-tool":
                return ModelReply("", (ToolCall("u", ["no_such_tool", "TOOL0", "", "tool0 "][more % 4]),))
            case _:
                if more % 2:
                    return ModelReply("x" * (bounds.max_reply_output + 1))
                calls = [ToolCall("", self._a_tool()) for _ in range(bounds.max_calls_per_reply + 1)]
                return ModelReply("Many.", tuple(calls))
        raise AssertionError("for ever is over")

    def _a_tool(self) -> str:
        tools = self._weather.storm.world.tools
        return tools[0].spec.name if tools else "tool0"
