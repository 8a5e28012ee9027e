"""Is that enough? What mutmut found, judged against what is accepted.

Law: a mutant counts as killed only if the same tests leave the unchanged function alone; a survivor without a
reason, a reason without a survivor, and a function that nothing was tried on are each a failure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import floor
from typing import Any

from interpreters.mutation.accepted import entry
from interpreters.mutation.mutants import Mutant
from interpreters.mutation.settings import Settings

_KILLED = ("killed", "caught_by_type_check")


@dataclass(frozen=True)
class Score:
    """The figures: of `total` mutants (without controls) so many, and shares of it in percent, rounded down."""

    total: int
    semantic: int
    wording: int
    killed: int
    accepted: int
    functions: int
    score: float
    effective: float
    verdicts: dict[str, int]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; `why` says what it is, in a word, and `text` all there is to know."""

    why: str
    key: str
    text: str


@dataclass(frozen=True)
class Judgement:
    """The score and everything that is wrong; nothing wrong is a pass."""

    score: Score
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return asdict(self)


def judge(
    found: Iterable[Mutant], unseen: Iterable[str], accepted: Mapping[str, str], settings: Settings
) -> Judgement:
    """All that was found, held against what is accepted; `unseen` are functions without any mutant."""
    every = list(found)
    tried = [one for one in every if one.kind != "control"]
    used = {one.key for one in tried if one.verdict == "survived" and one.key in accepted}
    without = [f"{name}:unseen" for name in unseen]
    used |= set(without) & accepted.keys()
    score = _score(tried, every, used)
    findings = [
        *_unreliable(every),
        *_untested(every),
        *[_finding(one) for one in tried if not _is_well(one) and one.key not in used],
        *[Finding("unseen", key, _UNSEEN) for key in without if key not in used],
        *[Finding("stale", key, "no mutant needs this any more: take it out") for key in accepted.keys() - used],
        *_too_little(score, settings),
    ]
    return Judgement(score, tuple(sorted(findings, key=lambda one: (one.why, one.key))))


_UNSEEN = "mutmut makes no mutants of a decorated function: move what it does into a plain one"


def _score(tried: list[Mutant], every: list[Mutant], used: set[str]) -> Score:
    kinds, verdicts = Counter(one.kind for one in tried), Counter(one.verdict for one in tried)
    killed, total = sum(verdicts[name] for name in _KILLED), len(tried)
    accepted = sum(one.key in used for one in tried)
    return Score(
        total=total,
        semantic=kinds["semantic"],
        wording=kinds["wording"],
        killed=killed,
        accepted=accepted,
        functions=len({one.function for one in every}),
        score=_percent(killed, total),
        effective=_percent(killed + accepted, total),
        verdicts=dict(sorted(verdicts.items())),
    )


def _percent(part: int, whole: int) -> float:
    """Rounded down: 100 is all of them."""
    return floor(10_000 * part / whole) / 100 if whole else 0.0


def _is_well(one: Mutant) -> bool:
    return one.verdict in (*_KILLED, "no_tests")  # What has no tests is told once a function.


def _unreliable(every: list[Mutant]) -> list[Finding]:
    text = "its tests fail although nothing is changed: what they kill proves nothing"
    broken = [one for one in every if one.kind == "control" and one.verdict not in ("survived", "no_tests")]
    return [Finding("unreliable", one.function, f"{text} ({one.verdict})") for one in broken]


def _untested(every: list[Mutant]) -> list[Finding]:
    functions = sorted({one.function for one in every if one.verdict == "no_tests"})
    return [Finding("no_tests", name, "no selected test calls it") for name in functions]


def _finding(one: Mutant) -> Finding:
    text = one.difference
    if one.verdict == "survived":
        text += f"\nkill it with a test, or accept it with a reason:\n\n{entry(one.key)}\n"
    return Finding(one.verdict, one.key, text)


def _too_little(score: Score, settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    if score.semantic < settings.least:
        text = f"{score.semantic} semantic mutants, and at least {settings.least} are expected"
        findings.append(Finding("too_few", "all", text))
    if score.score < settings.floor:
        text = f"the tests kill {score.score} %, and {settings.floor:g} % is the least"
        findings.append(Finding("too_low", "all", text))
    return findings
