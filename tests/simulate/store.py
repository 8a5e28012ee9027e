"""The store of a simulated run: the bytes of its record, as a process leaves them behind.

Law: a record that is torn, or of another format, is refused whole; what was kept whole is read again.
"""

from returns.result import Failure, Success

from executus.codec import FORMAT, Chain, Header, end_line, entry_line, header_line
from executus.facts import RunFacts
from executus.reading import FaultyBecause, decode
from executus.transcript import Entry, Transcript, prints
from specs.faults import Strike
from tests.simulate.weather import Weather


class Torn(RuntimeError):
    """The process died in the middle of a write."""


class Store:
    """What outlives each process."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.lines: list[bytes] = []
        self.torn = b""
        """The half line that a process was writing when it died."""
        self.settled = ""
        """complete or fail: a record that nobody takes up again."""
        self.is_torn = False

    def load(self) -> Transcript | None:
        """The record to go on from; None if there is none, or none to be taken up."""
        if len(self.lines) < 2 or self.settled:
            return None
        self._refuse_what_is_no_record()
        match decode(self._whole(self.lines)):
            case Success(past):
                return past  # type: ignore[no-any-return] # Success of what decode gives
            case Failure(fault):
                self.weather.blame(f"what was kept whole is read again: {fault}")
        return None

    def append(self, entry: Entry) -> None:
        chain = self._chain()
        self.lines.append(entry_line(chain, entry.event, prints(entry.asked)))

    def tear(self, entry: Entry, strike: Strike) -> None:
        """Half of the entry, and then nothing more."""
        line = entry_line(self._chain(), entry.event, prints(entry.asked))
        self.torn = line[: 1 + strike.more * (len(line) - 1) // 60]
        self.is_torn = True

    def _chain(self) -> Chain:
        if not self.lines:
            self.lines.append(header_line(Header(self.weather.run_id)))
            self._linked = Chain(self.lines[0])
        return self._linked

    def _whole(self, lines: list[bytes]) -> bytes:
        chain = Chain(lines[0])
        for line in lines[1:]:
            chain.link(line[: line.rfind(b',"hash":"')] + b"}")
        self._linked = chain
        return b"".join([line + b"\n" for line in [*lines, end_line(chain, None)]])

    def _refuse_what_is_no_record(self) -> None:
        if self.is_torn:
            self._refused(b"".join([line + b"\n" for line in self.lines]) + self.torn, FaultyBecause.CORRUPT)
            self.torn, self.is_torn = b"", False
        if self.weather.strike("load") is not None:
            self.weather.note("store.old-version")
            other = Header(self.weather.run_id, format=FORMAT + 1)
            lines = [header_line(other), *self.lines[1:]]
            self._refused(self._whole(lines), FaultyBecause.UNSUPPORTED)
            lines[0] = header_line(Header(self.weather.run_id, format=0))
            self._refused(self._whole(lines), FaultyBecause.CORRUPT)

    def _refused(self, data: bytes, because: FaultyBecause) -> None:
        match decode(data):
            case Failure(fault) if fault.because is because and fault.message:
                pass
            case other:
                self.weather.blame(f"a record that is {because} is refused, and was not: {other!r:.100}")


class Kept:
    """The record of the run, in one process; once that is dead, it keeps nothing more."""

    def __init__(self, store: Store, ports: "HasMeet") -> None:
        self._store, self._ports = store, ports
        self.is_dead = False

    async def save(self, entry: Entry) -> None:
        strike = await self._ports.meet("Save")
        if self.is_dead:
            return
        if strike is not None and strike.fault == "store.torn":
            self._store.tear(entry, strike)
            raise Torn
        self._store.append(entry)

    async def complete(self) -> None:
        await self._settle("complete")

    async def fail(self, error: str) -> None:
        await self._settle("fail")

    async def leave(self) -> None:
        await self._settle("")

    async def _settle(self, verb: str) -> None:
        await self._ports.meet("SettleCheckpoint")
        await self._ports.given("SettleCheckpoint")
        if not self.is_dead:
            self._store.settled = verb


class HasMeet:
    """What a store needs of the other ports: to be struck."""

    async def meet(self, occasion: str) -> Strike | None:
        raise NotImplementedError

    async def given(self, name: str) -> object:
        raise NotImplementedError


class Checkpoints:
    """The port. Only the root of a tree of runs is kept."""

    def __init__(self, store: Store, ports: HasMeet) -> None:
        self._store, self._ports = store, ports
        self.kept: list[Kept] = []

    async def begin(self, facts: RunFacts) -> Kept | None:
        if facts.run_id != self._store.weather.run_id:
            return None
        await self._ports.meet("BeginCheckpoint")
        if not await self._ports.given("BeginCheckpoint"):
            return None
        return self.adopt(facts)

    def adopt(self, facts: RunFacts) -> Kept:
        if not isinstance(facts, RunFacts):
            self._store.weather.blame(f"a record is adopted by its facts, not by {facts!r:.50}")
        self.kept.append(Kept(self._store, self._ports))
        return self.kept[-1]

    def die(self) -> None:
        """The process is gone."""
        for kept in self.kept:
            kept.is_dead = True
