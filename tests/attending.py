"""The rest of a scenario's host: palette, delivery, files, compactor, session, finalizers and observer.

See hosting.py, which says what all handlers share.
"""

from collections.abc import Callable, Sequence

from executus.agent import Agent
from executus.facts import ChildResult, Made
from executus.invocation import Target
from executus.values import Artifact, Message
from interpreters.ports import Spoken
from interpreters.seen import CallBegun, ChildSeen, Observed
from interpreters.services import PaletteCall, Session, SessionTools, Skill
from specs.telling import artifact_text, call_text, seen_text
from tests.hosting import Host
from tests.serving import ModelPort, PlayedTool


class PalettePort:
    """Agents and skills by name, for those they are there for; some of them it runs itself."""

    def __init__(self, host: Host, model: ModelPort) -> None:
        self._host, self._model = host, model
        self._children = {(child.kind, child.name): child for child in host.scenario.children or ()}

    async def resolve(self, kind: str, name: str, caller: str) -> Agent | Skill:
        child = self._children.get((kind, name))
        if child is None or (child.only_for and caller not in child.only_for):
            raise LookupError(f"no {kind} is called {name}")
        if child.raises is not None:
            raise RuntimeError(child.raises)
        return child.agent if kind == "agent" else Skill(name=name, agent=child.agent)

    async def invoke(self, call: PaletteCall) -> ChildResult | None:
        self._model.run_names[call.run_id] = call.name
        invoked = self._children[call.kind, call.name].invoked
        if invoked is None:
            return None
        await self._host.pause(None if invoked.hangs else invoked.takes)
        if invoked.raises is not None:
            raise RuntimeError(invoked.raises)
        return ChildResult(invoked.run_id, invoked.status, invoked.output, invoked.error, invoked.usage)

    def prefix(self, kind: str, name: str, caller: str) -> str:
        child = self._children.get((kind, name))
        return "" if child is None else child.prefix


class DeliveryPort:
    def __init__(self, host: Host) -> None:
        self._host, self._notes = host, host.witness.delivered

    async def deliver(self, target: Target, output: str, artifacts: tuple[Artifact, ...], key: str) -> None:
        made = "".join([f" + {artifact_text(artifact)}" for artifact in artifacts])
        await self._host.meet("Deliver", self._notes, f"{target.kind} {target.id}: output {output}{made}".lstrip())

    async def deliver_error(self, target: Target, error: str, key: str) -> None:
        await self._host.meet("Deliver", self._notes, f"{target.kind} {target.id}: error {error}".lstrip())


class FilesPort:
    def __init__(self, host: Host) -> None:
        self._host, self._notes = host, host.witness.files

    async def stage(self, run_id: str, agent_id: str, name: str, mime: str, content: bytes) -> object:
        line = f"{name} {mime} {len(content)} bytes for {agent_id or 'an agent'} in {run_id}"
        odd = await self._host.meet("StageFile", self._notes, line)
        return odd or f"file-{len(self._notes)}"


class CompactorPort:
    """Keeps what stands before the first answer, and the last turns; a summary stands for the rest."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def __call__(self, conversation: Sequence[Message], target: int) -> object:
        odd = await self._host.meet("Compact")
        script, turns = self._host.scenario.compactor, list(conversation)
        assert script is not None
        first = next((place for place, turn in enumerate(turns) if turn.role == "assistant"), len(turns))
        last = max(first, len(turns) - script.keeps)
        while not script.parts_pairs and last > first and turns[last : last + 1] and turns[last].role == "tool":
            last -= 1
        head = [] if script.drops_task else turns[:first]
        gap = [Message("user", script.summary)] if last > first else []
        tail = [turn for turn in turns[last:] if not (script.parts_pairs and turn.calls)]
        return odd or (*head, *gap, *tail)


class SessionPort:
    """Opens the session of a run: it brings its tools, makes artifacts at the end, and is closed."""

    def __init__(self, host: Host, tools: Sequence[PlayedTool]) -> None:
        self._host, self._tools = host, tools

    async def __call__(self, session: Session) -> object:
        host, script, notes = (
            self._host,
            self._host.scenario.session,
            self._host.witness.session.of(session.run_id),
        )
        odd = await host.meet("BuildToolbox", notes, "opened")
        if script is not None and script.raises is not None:
            raise RuntimeError(script.raises)

        async def post_run(talks: Sequence[Sequence[Message]], output: str, error: str) -> object:
            sizes = " + ".join([str(len(talk)) for talk in talks])
            said = f"error {error}" if error else f"output {output}"
            odd = await host.meet("MakeArtifacts", notes, f"post-run: {sizes} turns, {said}")
            return odd or (None if script is None else Made(script.artifacts, tuple(script.metadata.items())))

        async def clean_up() -> None:
            await host.meet("CleanUp", notes, "cleaned up")

        return odd or SessionTools(tools=self._tools, post_run=post_run, cleanup=clean_up)


def finalizer(host: Host, name: str) -> Callable[[str], object]:
    """One function for the end of every run."""

    async def run(run_id: str) -> None:
        await host.meet("RunFinalizers", host.witness.finalized, name)

    return run


class ObserverPort:
    """Hears of steps, calls, pieces of replies, and what children do."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def __call__(self, seen: Observed) -> None:
        self._host.witness.seen.append(_observed(seen))
        trouble = self._host.trouble("TellObserver")
        if trouble.raises is not None:
            raise RuntimeError(trouble.raises)


def _observed(seen: Observed) -> str:
    match seen:
        case ChildSeen(agent=agent, seen=inner):
            return f"{agent}: {_observed(inner)}"
        case Spoken(text=text):
            return f"spoke {text}"
        case CallBegun(call=call):
            return f"begins {call_text(call)}"
        case _:
            return seen_text(seen)
