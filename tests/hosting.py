"""The host of a scenario: handlers for every port that it wires, which note what they were told.

The same handlers serve memory and the live world; only how they let time pass differs (`Pause`). Law: nothing in
here decides what a run does, and a port that nothing is written for isn't there.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

from executus.facts import (
    Approved,
    CallSeen,
    Consultation,
    Erred,
    Grant,
    Noted,
    Refusal,
    Refused,
    RollUp,
    RunFacts,
    Seen,
    Spent,
    StepSeen,
)
from executus.spans import say
from interpreters.services import ApprovalRequest, BudgetRequest
from specs.hosting import Advice, Trouble
from specs.scenario import Scenario
from specs.telling import call_text, facts_text, roll_up_text, seen_text, spent_text
from specs.witness import Witness

Pause = Callable[[timedelta | None], Awaitable[None]]
"""Let so much time pass; None = all of it."""


class Host:
    """What all handlers of one process share: the scenario, the notes, and the troubles, counted by port."""

    def __init__(self, scenario: Scenario, witness: Witness, pause: Pause, pause_on: Pause) -> None:
        self.scenario = scenario
        self.witness = witness
        self.pause = pause
        self.pause_on = pause_on
        """The same for what can't be stopped: it goes on though it was cancelled."""
        self._asked: dict[str, int] = {}

    def trouble(self, port: str) -> Trouble:
        """What is wrong with the port this time."""
        count = self._asked[port] = self._asked.get(port, 0) + 1
        for one in self.scenario.trouble:
            if one.port == port and one.call in (0, count):
                return one
        return Trouble(port=port)

    async def meet(self, port: str, notes: list[str] | None = None, line: str = "") -> object:
        """Be asked, and note it unless the port hangs; then be slow, or raise. Nonsense that is given instead."""
        trouble = self.trouble(port)
        if trouble.hangs:
            await self.pause(None)
        if notes is not None:
            notes.append(line)
        if trouble.takes:
            await self.pause(trouble.takes)
        if trouble.raises is not None:
            raise RuntimeError(trouble.raises)
        return trouble.gives


class BudgetPort:
    def __init__(self, host: Host) -> None:
        self._host, self._script = host, host.scenario.budget
        self._notes = host.witness.budget

    async def check(self, request: BudgetRequest) -> object:
        who = " ".join([text for text in (request.caller_id, *request.labels) if text])
        line = f"check{'' if request.reserve else ' only'}{f' for {who}' if who else ''}"
        odd = await self._host.meet("CheckBudget", self._notes, line)
        script = self._script
        assert script is not None
        if odd is not None:
            return odd
        if script.refuses is not None:
            return Refusal(script.refuses)
        return Grant(script.tokens, script.cost, script.reference)

    async def commit(self, grant: Grant, spent: Spent) -> None:
        await self._host.meet("CommitBudget", self._notes, f"commit {spent_text(spent)}")

    async def release(self, grant: Grant) -> None:
        await self._host.meet("ReleaseBudget", self._notes, "release")


class AuditPort:
    def __init__(self, host: Host) -> None:
        self._host = host

    async def start(self, facts: RunFacts) -> object:
        notes = self._host.witness.audit.of(facts.run_id)
        odd = await self._host.meet("OpenAudit", notes, facts_text(facts))
        return None if "audit" in self._host.scenario.declines else odd or RunsAudit(self._host, notes)


class RunsAudit:
    """The audit of one run."""

    def __init__(self, host: Host, notes: list[str]) -> None:
        self._host, self._notes = host, notes

    async def step(self, seen: StepSeen) -> None:
        await self._tell(seen)

    async def tool(self, seen: CallSeen) -> None:
        await self._tell(seen)

    async def event(self, noted: Noted) -> None:
        await self._tell(noted)

    async def error(self, error: str) -> None:
        await self._tell(Erred(error))

    async def close(self, roll_up: RollUp) -> None:
        await self._host.meet("CloseAudit", self._notes, roll_up_text(roll_up))

    async def _tell(self, seen: Seen) -> None:
        await self._host.meet("TellAudit", self._notes, seen_text(seen))


class CheckpointPort:
    def __init__(self, host: Host) -> None:
        self._host = host

    async def begin(self, facts: RunFacts) -> object:
        notes = self._host.witness.begun.of(facts.run_id)
        odd = await self._host.meet("BeginCheckpoint", notes, facts_text(facts))
        if "checkpoints" in self._host.scenario.declines:
            return None
        kept = self.adopt(facts)
        kept.note("begun")
        return odd or kept

    def adopt(self, facts: RunFacts) -> "RunsCheckpoint":
        """The record of a run that is taken up again."""
        return RunsCheckpoint(self._host, facts.run_id)


class RunsCheckpoint:
    """The durable record of one run; the root's is noted."""

    def __init__(self, host: Host, run_id: str) -> None:
        self._host, self._run_id = host, run_id

    async def save(self, entry: object) -> None:
        await self._host.meet("Save")

    async def complete(self) -> None:
        await self._settle("complete")

    async def fail(self, error: str) -> None:
        await self._settle(f"fail: {error}")

    async def leave(self) -> None:
        await self._settle("leave")

    def note(self, verb: str) -> None:
        if self._run_id == self._host.scenario.name:
            self._host.witness.checkpoint = verb

    async def _settle(self, verb: str) -> None:
        await self._host.meet("SettleCheckpoint")
        self.note(verb)


class CriticPort:
    def __init__(self, host: Host) -> None:
        self._host = host
        self._advices = iter(host.scenario.critic or ())

    async def monitor(self, facts: RunFacts) -> object:
        notes = self._host.witness.critic.of(facts.run_id)
        odd = await self._host.meet("StartCritic", notes, "start")
        return (
            None if "critic" in self._host.scenario.declines else odd or Monitor(self._host, notes, self._advices)
        )


class Monitor:
    """The critic of one run."""

    def __init__(self, host: Host, notes: list[str], advices: Iterator[Advice]) -> None:
        self._host, self._notes, self._advices = host, notes, advices

    async def consult(self, asked: Consultation) -> object:
        odd = await self._host.meet("ConsultCritic", self._notes, _consultation(asked))
        if odd is not None:
            return odd
        advice = next(self._advices, None)
        if advice is None or advice.hangs:
            await self._host.pause(None)
        assert advice is not None
        await self._host.pause(advice.takes)
        if advice.raises is not None:
            raise RuntimeError(advice.raises)
        return advice.gives or {
            "nudges": advice.nudges,
            "extend_by": advice.extend_by,
            "lift_backstop": advice.lift_backstop,
            "raise_steps_by": advice.raise_steps_by,
            "kill_reason": advice.kill_reason,
        }

    async def step(self, seen: StepSeen) -> None:
        await self._host.meet("TellCritic", self._notes, seen_text(seen))

    async def tool(self, seen: CallSeen) -> None:
        await self._host.meet("TellCritic", self._notes, seen_text(seen))

    async def stop(self) -> None:
        await self._host.meet("StopCritic", self._notes, "stop")


def _consultation(asked: Consultation) -> str:
    backstop = "none" if asked.backstop is None else say(asked.backstop)
    activity, progress = say(asked.activity), say(asked.progress)
    return (
        f"asked {asked.reason} at {say(asked.now)}: activity {activity}, progress {progress}, "
        f"steps {asked.steps} of {asked.max_iterations}, backstop {backstop}, ceiling {say(asked.ceiling)}"
    )


class ApproverPort:
    def __init__(self, host: Host) -> None:
        self._host = host
        self._decisions = iter(host.scenario.approvals or ())

    async def __call__(self, request: ApprovalRequest) -> object:
        odd = await self._host.meet(
            "AskApproval", self._host.witness.approvals, f"{call_text(request.call)}: {request.why}"
        )
        if odd is not None:
            return odd
        decision = next(self._decisions, None)
        if decision is None or decision.hangs:
            await self._host.pause(None)
        assert decision is not None
        await self._host.pause(decision.takes)
        if decision.raises is not None:
            raise RuntimeError(decision.raises)
        if decision.gives is not None:
            return decision.gives
        return Approved(decision.by) if decision.approve else Refused(decision.refuse or "", decision.by)
