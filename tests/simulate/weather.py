"""What all who take part in one simulated run share: the storm, how often each occasion has come, what has struck.

Law: nothing in here hangs on a clock or on chance; the storm says everything.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

from executus.effects import CallModel, RunTool
from executus.state import Run, Stage
from executus.values import Duration, Instant
from specs.faults import Cell, Strike
from specs.storms import Storm

Pause = Callable[[Duration | None], Awaitable[None]]
"""Let so many microseconds pass; None = all of them."""


class Weather:
    """One storm over one run, through all processes that take it up."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.now: Callable[[], Instant] = lambda: 0
        self.run: Run | None = None
        """The run as it was last seen."""
        self.asked: dict[str, str] = {}
        """In which stage what is asked by this name was last asked."""
        self.fired: Counter[Cell] = Counter()
        self.log: list[str] = []
        """What has struck, in order: part of the trace."""
        self.wrong: list[str] = []
        """What an interpreter, or a run, should never have done."""
        self.running: Counter[str] = Counter()
        """Handlers at work that can be stopped."""
        self.ran: Counter[str] = Counter()
        """How often each unsafe call was begun, by its key, since its tool has said that it never happened."""
        self._count: Counter[str] = Counter()
        self._left: dict[str, list[Strike]] = {}
        for strike in storm.strikes:
            self._left.setdefault(strike.at, []).append(strike)

    @property
    def run_id(self) -> str:
        return self.storm.world.invocation.run_id

    @property
    def stage(self) -> str:
        """Where the run is."""
        run = self.run
        if run is None:
            return "preparing"
        if run.suspended is not None:
            return "suspended"
        if run.clock.regaining and run.stage is Stage.CONVERSING:
            return "regaining"
        return str(run.stage)

    @property
    def is_calm(self) -> bool:
        """Have all faults stopped?"""
        return self.storm.calm is not None and self.now() >= self.storm.calm

    def strike(self, occasion: str) -> Strike | None:
        """What strikes at this occasion, which has come once more."""
        stage = self.asked.get(occasion, self.stage)
        for key in (occasion, f"{occasion} {stage}"):
            self._count[key] += 1
        if self.is_calm:
            return None
        for strike in self._left.get(occasion, ()):
            if strike.within and strike.within != stage:
                continue
            count = self._count[f"{occasion} {stage}" if strike.within else occasion]
            if strike.count == count or (strike.for_ever and count > strike.count):
                return strike
        return None

    def note(self, fault: str, occasion: str = "") -> None:
        """It has struck: in the stage in which what it strikes was asked, or else now."""
        stage = self.asked.get(occasion, self.stage)
        self.fired[fault, stage] += 1
        self.log.append(f"{fault} {stage} {self.now()}")

    def blame(self, what: str) -> None:
        """Somebody has done wrong."""
        if what not in self.wrong:
            self.wrong.append(what)

    def awaits_model(self) -> bool:
        """Does the run wait for a reply?"""
        return self.run is not None and any(isinstance(one, CallModel) for one in self.run.pending)

    def awaits_tool(self, call_id: str) -> bool:
        """Does the run wait for this call?"""
        pending = () if self.run is None else self.run.pending
        return any(isinstance(one, RunTool) and one.call.call_id == call_id for one in pending)
