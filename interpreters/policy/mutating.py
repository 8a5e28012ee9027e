"""Which changes to an agent's limits and rules would not have been noticed by what somebody expects.

Law: only expectations that hold as things are count; a change is asked of those alone that come by its place, and
a place that none comes by is told as such.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from executus.agent import Agent
from executus.bounds import KERNEL_DEFAULTS, Defaults
from interpreters.policy.changes import Change, Site
from interpreters.policy.expectations import Expectation, Question, Unmet, baseline, noticed
from interpreters.policy.limits import AGENT, limit_changes, watch_beginnings
from interpreters.policy.pytests import with_tests
from interpreters.policy.recordings import of_recordings
from interpreters.policy.rules import rule_changes, watch_rules

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Unnoticed:
    """A site, and all that it may as well be. `is_reached`: does any expectation come by it at all?"""

    site: Site
    becomes: tuple[str, ...]
    is_reached: bool

    def __str__(self) -> str:
        if not self.is_reached:
            return f"{self.site.text}: nothing comes by it"
        return f"{self.site.text} may as well be: {', '.join(self.becomes)}"


@dataclass(frozen=True)
class PolicyReport:
    """What was tried, and what nobody would have missed."""

    agent: str
    changes: int
    expectations: int
    unnoticed: tuple[Unnoticed, ...]
    accepted: tuple[str, ...] = ()
    """Keys of sites that may go unnoticed, since somebody has said why."""
    stale: tuple[str, ...] = ()
    """Keys that are accepted, and don't go unnoticed."""

    @property
    def missed(self) -> int:
        """How many changes would not have been noticed."""
        return sum(len(one.becomes) for one in self.unnoticed)

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        return {**asdict(self), "missed": self.missed}

    def __str__(self) -> str:
        places = dict.fromkeys(one.site.place for one in self.unnoticed)
        lines: list[str] = []
        for place in places:
            lines += [place, *[f"  {one}" for one in self.unnoticed if one.site.place == place]]
        lines += [f"accepted, and noticed: take it out: {key}" for key in self.stale]
        total = f"{self.missed} of {self.changes} changes would not be noticed by {self.expectations} expectations"
        known = f" ({len(self.accepted)} places accepted with a reason)" if self.accepted else ""
        return "\n".join([*lines, f"{total}{known}"])


def mutate_policy(
    agent: Agent,
    *,
    tests: Iterable[Path | str] = (),
    recordings: Iterable[Path | str] = (),
    expect: Iterable[Callable[[], object]] = (),
    accepted: Mapping[str, str] = _NOTHING,
    only: Iterable[str] = (),
    defaults: Defaults = KERNEL_DEFAULTS,
    workers: int = 2,
) -> PolicyReport:
    """Change one limit or rule of `agent` at a time, and see who notices.

    `tests` are pytest's files and folders, `recordings` .xrec files and folders, `expect` functions that raise
    when something isn't as expected. `accepted` has a reason for the key of each site that may go unnoticed;
    `only` leaves out the sites in whose key none of these texts stands.
    Raises Unmet if an expectation isn't met although nothing is changed, if there is none at all, or if none runs
    this agent.
    """
    if not hasattr(os, "fork"):
        raise Unmet("each change needs a process that is forked, which this system can't do")
    own = [
        *[Expectation(getattr(one, "__name__", str(one)), _raises_nothing(one)) for one in expect],
        *of_recordings(map(Path, recordings), agent),
    ]
    parts = tuple(only)
    every = [
        change
        for change in (*limit_changes(agent, defaults), *rule_changes(agent))
        if not parts or any(part in change.site.key for part in parts)
    ]
    reports: list[PolicyReport] = []
    places = [Path(one) for one in tests]
    if places:
        with_tests(places, lambda found: reports.append(_report(agent, every, [*own, *found], workers)))
    else:
        reports.append(_report(agent, every, own, workers))
    known = {key: why for key, why in accepted.items() if not parts or any(part in key for part in parts)}
    return _without(reports[0], known)


def _without(report: PolicyReport, accepted: Mapping[str, str]) -> PolicyReport:
    """What is accepted is told apart, and so is what was accepted for nothing."""
    used = {one.site.key for one in report.unnoticed} & accepted.keys()
    return replace(
        report,
        unnoticed=tuple([one for one in report.unnoticed if one.site.key not in used]),
        accepted=tuple(sorted(used)),
        stale=tuple(sorted(accepted.keys() - used)),
    )


def _report(
    agent: Agent, every: Sequence[Change], expectations: Sequence[Expectation], workers: int
) -> PolicyReport:
    def watch(reaches: Callable[[str], None]) -> None:
        watch_rules(reaches)
        watch_beginnings(agent, reaches)

    if not expectations:
        raise Unmet("there are no tests, and no recordings of this agent that have an end")
    before = baseline(expectations, watch)
    found = before.reached
    of_agent = [one for one in expectations if AGENT in found[one.name]]
    if not of_agent:
        raise Unmet(f"none of {len(expectations)} expectations begins a run of {agent.subject!r}")
    asked: dict[int, Question] = {}
    for number, change in enumerate(every):
        near = [one for one in of_agent if {change.site.key, _key(change)} & found[one.name]]
        if near:
            asked[number] = Question(change.make, near)
    answers = dict(zip(asked, noticed(list(asked.values()), before, workers), strict=True))
    missed = [(change, number in asked) for number, change in enumerate(every) if not answers.get(number, False)]
    return PolicyReport(agent.subject, len(every), len(of_agent), _grouped(missed))


def _key(change: Change) -> str:
    """A limit is come by wherever a run of the agent begins."""
    return "" if change.site.key.startswith("rules.") else AGENT


def _grouped(missed: list[tuple[Change, bool]]) -> tuple[Unnoticed, ...]:
    sites: dict[str, list[tuple[Change, bool]]] = {}
    for change, is_reached in missed:
        sites.setdefault(change.site.key, []).append((change, is_reached))
    return tuple(
        [
            Unnoticed(
                many[0][0].site, tuple([change.becomes for change, _ in many]), any(is_it for _, is_it in many)
            )
            for many in sites.values()
        ]
    )


def _raises_nothing(function: Callable[[], object]) -> Callable[[], bool]:
    def holds() -> bool:
        function()
        return True

    return holds
