"""Ports that are only played, for Memory: tools, critics and budgets that say what a test has written down.

They do nothing, and take their time in virtual time. What is nonsense is refused where it is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from executus.facts import Advice, Consultation, Grant, Refusal, Spent
from executus.values import Duration, ToolClass, ToolResult, ToolSpec
from interpreters.driving import Pause
from interpreters.ports import ToolContext
from interpreters.scripts import ScriptError, SpanLike, duration
from interpreters.services import advice
from interpreters.tools.results import result_of


@dataclass(frozen=True)
class Played:
    """One answer: a value or an exception, after `takes` (None = never)."""

    value: object
    takes: Duration | None = 0


def gives(
    value: object = "", *, raises: BaseException | None = None, takes: SpanLike = 0, hangs: bool = False
) -> Played:
    """One answer of a scripted tool, for `in_turn`, with a time of its own."""
    return Played(value if raises is None else raises, None if hangs else duration(takes))


class ScriptedTool:
    """A tool that is only played: it does nothing, and takes its time in virtual time."""

    blocking = False

    def __init__(self, spec: ToolSpec, outcomes: Sequence[Played], found: Sequence[object], late: bool) -> None:
        self.spec = spec
        self.takes = outcomes[0].takes
        """How long the last call takes, the first one before there is any; None = it never answers."""
        self.late = late
        self.called: list[str] = []
        """The arguments of every call so far."""
        self.keys: list[str] = []
        """The idempotency key of every call so far."""
        self.asked: list[str] = []
        """The keys of the calls that it was asked to reconcile."""
        self._outcomes = list(outcomes)
        self._found = list(found)

    def call(self, arguments: str, context: ToolContext) -> ToolResult:
        """The next outcome; the last one goes on for ever."""
        self.called.append(arguments)
        self.keys.append(context.key)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        self.takes = outcome.takes
        return result_of(_given(outcome.value))

    async def reconcile(self, key: str, arguments: str) -> object:
        """What became of the call; the last finding goes on for ever."""
        self.asked.append(key)
        found = self._found.pop(0) if len(self._found) > 1 else self._found[0]
        played = found if isinstance(found, Played) else Played(found)
        if played.takes != 0:
            await Pause(played.takes)
        return _given(played.value)


def _given(value: object) -> object:
    if isinstance(value, BaseException):
        raise value
    return value


def scripted(
    name: str,
    *,
    returns: object = "",
    raises: BaseException | None = None,
    in_turn: Sequence[object] = (),
    takes: SpanLike = 0,
    hangs: bool = False,
    effect: ToolClass | str = ToolClass.UNSAFE,
    serial: bool = False,
    repeatable: bool = False,
    timeout: SpanLike | None = None,
    needs_approval: bool = False,
    reconcile: Sequence[object] | object = (),
    verifier: str = "",
    late: bool = False,
) -> ScriptedTool:
    """A tool for tests: it `returns` or `raises` this, or, `in_turn`, one after the other (the last for ever).

    An item of `in_turn` may be `gives(...)`, with a time of its own. `reconcile` is what it says when it is asked
    what became of a call, each time. A `late` tool can't be stopped: its result comes, however late.
    """
    findings = list(cast("Sequence[object]", reconcile)) if isinstance(reconcile, list | tuple) else [reconcile]
    spec = ToolSpec(
        name,
        f"{name}, played",
        effect=ToolClass(effect),
        serial=serial,
        repeatable=repeatable,
        timeout=None if timeout is None else duration(timeout),
        needs_approval=needs_approval,
        reconcile=bool(findings),
        verifier=verifier,
    )
    usual = None if hangs else duration(takes)
    written = in_turn or (returns if raises is None else raises,)
    outcomes = [item if isinstance(item, Played) else Played(item, usual) for item in written]
    return ScriptedTool(spec, outcomes, findings, late)


AdviceLike: TypeAlias = Advice | Mapping[str, object] | BaseException
"""An advice; or as it is written: {"extend_by": "1h"}, {"nudge": "…"}, {"kill_reason": "…"}, with "takes"."""


class ScriptedCritic:
    """One advice for each consultation, in turn; then silence, that is: it never answers again."""

    def __init__(self, advices: Sequence[AdviceLike]) -> None:
        self.consulted: list[Consultation] = []
        self._left = [_advice(advice) for advice in advices]

    async def __call__(self, consultation: Consultation) -> Advice:
        self.consulted.append(consultation)
        played = self._left.pop(0) if self._left else Played(None, None)
        if played.takes != 0:
            await Pause(played.takes)
        return cast("Advice", _given(played.value))


def _advice(written: AdviceLike) -> Played:
    if not isinstance(written, Mapping):
        return Played(written)
    given = dict(written)
    takes = duration(cast(Any, given.pop("takes", 0)))
    try:
        return Played(advice(**cast("dict[str, Any]", given)), takes)
    except (TypeError, ValueError) as error:
        raise ScriptError(f"that is no advice: {written!r} ({error})") from None


BudgetLike: TypeAlias = Literal["grant", "refuse"] | Mapping[str, int] | Grant | Refusal


class ScriptedBudget:
    """Grants or refuses every run, and remembers what was spent and released."""

    def __init__(self, answer: BudgetLike) -> None:
        self.checked: list[object] = []
        self.committed: list[Spent] = []
        self.released: list[Grant] = []
        self._answer = _verdict(answer)

    def check(self, request: object) -> Grant | Refusal:
        self.checked.append(request)
        return self._answer

    def commit(self, grant: Grant, spent: Spent) -> None:
        self.committed.append(spent)

    def release(self, grant: Grant) -> None:
        self.released.append(grant)


def _verdict(answer: BudgetLike) -> Grant | Refusal:
    match answer:
        case "grant":
            return Grant()
        case "refuse":
            return Refusal()
        case Grant() | Refusal():
            return answer
        case limits:
            unknown = sorted(set(limits) - {"tokens", "cost"})
            if unknown:
                raise ScriptError(f"a budget grants tokens and cost, not {unknown[0]!r}")
            return Grant(limits.get("tokens"), limits.get("cost"))
