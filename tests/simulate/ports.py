"""The ports of a simulated run, as handlers for any interpreter: each does what its world says, or is struck.

Children of the run are served by the same handlers, and struck by nothing: they have a world of their own that is
small and mostly kind. Law: nothing in here decides what a run does.
"""

from typing import Any

from executus.effects import ConsultCritic
from executus.facts import Advice, Grant, NotDone, RollUp, RunFacts, Seen
from executus.values import Fault, Instant, seconds
from specs.faults import Strike
from specs.fitting import KIND
from specs.outcomes import Said
from tests.simulate.store import HasMeet
from tests.simulate.weather import Pause, Weather

_HANGS = ("hangs", "hang", "silent")
_RAISES = ("raises", "begin", "error")

_PATIENT = ("AskApproval", "AcquireLane", "Delegate")
"""Nobody bounds people, queues and runs that wait for people: when the faults stop, they answer."""


class Ports(HasMeet):
    """What all handlers of one process share."""

    def __init__(self, weather: Weather, pause: Pause, pause_on: Pause) -> None:
        self.weather = weather
        self.pause = pause
        self.pause_on = pause_on
        """The same for what can't be stopped."""
        self.audits: list[Audit] = []
        self.monitors: list[Monitor] = []
        self.sessions: list[Any] = []
        self._said = dict(weather.storm.world.ports)
        self._turn: dict[str, int] = {}

    def note_run(self, key: str) -> None:
        """An unsafe call is begun."""
        self.weather.ran[key] += 1
        if self.weather.ran[key] > 1:
            self.weather.blame("an unsafe call is never run twice")

    def note_found(self, key: str, what: object) -> None:
        """A tool says what became of a call."""
        if isinstance(what, NotDone):
            self.weather.ran[key] = 0

    async def meet(self, occasion: str) -> Strike | None:
        """Be asked: what strikes now, if that is neither to hang nor to raise."""
        if occasion != "Save" and occasion not in self.weather.asked:
            return None  # Nobody asks: what was opened too late is only closed again.
        strike = self.weather.strike(occasion)
        if strike is None:
            return None
        self.weather.note(strike.fault, occasion)
        kind = strike.fault.partition(".")[2]
        is_store = strike.fault in ("store.save", "store.complete")
        if kind in _HANGS or (is_store and strike.more % 3 == 0):
            await self.hang()
        if kind in _RAISES or is_store:
            raise RuntimeError(f"struck by {strike.fault}")
        return strike

    async def given(self, name: str) -> object:
        """What the world says of this port; raises, takes its time, or never answers."""
        answers = self._said.get(name, (Said(True),))
        turn = self._turn[name] = self._turn.get(name, 0) + 1
        said = answers[min(turn, len(answers)) - 1]
        if self.weather.is_calm:
            return self._kindly(name, said)
        if said.outcome is None:
            await self.hang(name)
            return KIND.get(name, Said(True)).outcome
        if said.takes:
            await self.wait(said.takes)
        if isinstance(said.outcome, Fault):
            raise RuntimeError(said.outcome.message)
        return said.outcome

    async def hang(self, name: str = "") -> None:
        """For ever; for those nobody bounds, until the faults stop."""
        calm = self.weather.storm.calm
        if calm is not None and name in _PATIENT:
            await self.wait(max(0, calm - self.weather.now()))
            return
        await self.wait(None)

    async def wait(self, span: Instant | None) -> None:
        """Let time pass, as somebody who can be stopped; who isn't, is still there at the end."""
        self.weather.running["handlers"] += 1
        try:
            await self.pause(span)
        finally:
            self.weather.running["handlers"] -= 1

    def _kindly(self, name: str, said: Said) -> object:
        outcome = said.outcome
        return KIND.get(name, Said(True)).outcome if outcome is None or isinstance(outcome, Fault) else outcome


class Budget:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.settled: list[str] = []

    async def check(self, request: object) -> object:
        await self._ports.meet("CheckBudget")
        return await self._ports.given("CheckBudget")

    async def commit(self, grant: Grant, spent: object) -> None:
        self.settled.append("commit")
        await self._ports.meet("CommitBudget")
        await self._ports.given("CommitBudget")

    async def release(self, grant: Grant) -> None:
        self.settled.append("release")
        await self._ports.meet("ReleaseBudget")
        await self._ports.given("ReleaseBudget")


class AuditPort:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def start(self, facts: RunFacts) -> object:
        is_root = facts.run_id == self._ports.weather.run_id
        if not is_root:
            return Audit(self._ports, False)
        await self._ports.meet("OpenAudit")
        if not await self._ports.given("OpenAudit"):
            return None
        audit = Audit(self._ports, True)
        self._ports.audits.append(audit)
        return audit


class Audit:
    """The audit of one run. What it was told stands here, in order."""

    def __init__(self, ports: Ports, is_root: bool) -> None:
        self._ports, self._is_root = ports, is_root
        self.told: list[Seen] = []
        self.closed = 0

    async def step(self, seen: Seen) -> None:
        await self._tell(seen)

    async def tool(self, seen: Seen) -> None:
        await self._tell(seen)

    async def event(self, seen: Any) -> None:
        if seen.name != "late_result":  # The one thing that may come after the end.
            await self._tell(seen)

    async def error(self, error: str) -> None:
        if self._is_root:
            await self._meet()

    async def close(self, roll_up: RollUp) -> None:
        self.closed += 1
        if self._is_root:
            await self._ports.meet("CloseAudit")
            await self._ports.given("CloseAudit")

    async def _tell(self, seen: Seen) -> None:
        if self._is_root:
            self.told.append(seen)
            await self._meet()

    async def _meet(self) -> None:
        if self.closed:
            self._ports.weather.blame("nothing is told to an audit that is closed")
        await self._ports.meet("TellAudit")


class CriticPort:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def monitor(self, facts: RunFacts) -> object:
        if facts.run_id != self._ports.weather.run_id:
            return None
        await self._ports.meet("StartCritic")
        if not await self._ports.given("StartCritic"):
            return None
        monitor = Monitor(self._ports)
        self._ports.monitors.append(monitor)
        return monitor


class Monitor:
    """The critic of the run."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.stopped = 0

    async def consult(self, asked: ConsultCritic) -> object:
        strike = await self._ports.meet("ConsultCritic")
        return await self._ports.given("ConsultCritic") if strike is None else _advice(strike)

    async def step(self, seen: Seen) -> None:
        await self._ports.meet("TellCritic")

    async def tool(self, seen: Seen) -> None:
        await self._ports.meet("TellCritic")

    async def stop(self) -> None:
        self.stopped += 1
        await self._ports.meet("StopCritic")
        await self._ports.given("StopCritic")


def _advice(strike: Strike) -> Advice:
    more = strike.more
    match strike.fault:
        case "critic.nudge":
            return Advice(nudges=[("Hurry.",), (" ",), ("One.", "", "Two.")][more % 3])
        case "critic.extend":
            by = [seconds(1), seconds(60), -seconds(1), seconds(100_000)][more % 4]
            return Advice(extend_by=by, lift_backstop=more % 5 == 0)
        case "critic.kill":
            said = ["", "stuck"][more % 2]
            return Advice(kill_reason=said, extend_by=seconds(60), nudges=("Go on.",), raise_steps_by=3)
        case _:
            return Advice(raise_steps_by=[1, 3, -1][more % 3])
