"""The order of the rooms: each imports only from those above it, and the rules see nothing but the nouns."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ORDER = (
    ("values", "spans"),
    ("canonical",),
    ("checks",),
    ("agent", "invocation"),
    ("bounds",),
    ("facts",),
    ("failures",),
    ("buffer",),
    ("toolbox",),
    ("effects",),
    ("started",),
    ("parts",),
    ("answers",),
    ("events",),
    (
        "rules.compaction",
        "rules.deadlines",
        "rules.guards",
        "rules.limits",
        "rules.recovery",
        "rules.retry",
        "rules.status",
        "rules.templates",
    ),
    ("slices",),
    ("state",),
    ("account",),
    ("machines.toolboxes",),
    ("machines.opening",),
    ("machines.calls", "machines.delegation", "machines.observing", "machines.phases"),
    ("machines.losses", "machines.settling"),
    (
        "machines.adjusting",
        "machines.compaction",
        "machines.critic",
        "machines.doors",
        "machines.finalize",
        "machines.loop",
        "machines.pausing",
        "machines.preflight",
        "machines.steps",
    ),
    ("machines.suspend",),
    ("reception",),
    ("transition",),
    ("codec",),
    ("phrases",),
    ("tidings",),
    ("narrative",),
    ("transcript",),
    ("reasons",),
    ("explain",),
    ("result",),
    ("lived", "whatif", "reading", "execute"),
    ("watchman",),
    (
        "asking_laws",
        "bound_laws",
        "end_laws",
        "loss_laws",
        "port_laws",
        "talk_laws",
        "time_laws",
        "turn_laws",
    ),
    ("laws",),
    ("identity", "offers", "reach", "verdicts"),
    ("moves", "nodes"),
    ("frontier",),
    ("explore",),
    ("minimise",),
)
"""Rooms in one line are side by side: they never import each other, but where it says so below."""

NEIGHBOURS = {("spans", "values"), ("values", "spans")}
"""Rooms of one line that may see each other."""

NOT_A_ROOM = {"", "rules", "machines"}
"""Packages: they say what is in them, or export it."""

RULES_SEE = {"values", "spans", "agent", "bounds", "facts", "failures"}

PLACE = {room: index for index, line in enumerate(ORDER) for room in line}


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a room stands"
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "executus").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def rooms_seen(path: Path) -> set[str]:
    """The rooms of executus that a file imports."""
    seen = {module.removeprefix("executus.") for module in imports(path) if module.startswith("executus")}
    return seen & PLACE.keys()


EXECUTUS = [path for path in modules("executus") if name_of(path) not in NOT_A_ROOM]


def test_every_room_has_its_place() -> None:
    assert {name_of(path) for path in EXECUTUS} == PLACE.keys()


@pytest.mark.parametrize("path", EXECUTUS, ids=name_of)
def test_a_room_imports_only_from_those_above_it(path: Path) -> None:
    name = name_of(path)
    for room in rooms_seen(path) - {name}:
        assert PLACE[room] < PLACE[name] or (name, room) in NEIGHBOURS, f"{name} imports {room}"


@pytest.mark.parametrize("path", [path for path in EXECUTUS if name_of(path).startswith("rules.")], ids=name_of)
def test_a_rule_sees_only_the_nouns(path: Path) -> None:
    assert rooms_seen(path) <= RULES_SEE


def test_the_machines_of_one_shelf_know_nothing_of_each_other() -> None:
    shelves = [line for line in ORDER if line[0].startswith("machines.")]
    assert len(shelves) == 6, "toolbox, opening, two shelves of what several need, the machines, and what ends all"


def test_executus_knows_no_interpreter_and_no_spec() -> None:
    for path in modules("executus"):
        for module in imports(path):
            assert module.partition(".")[0] not in ("interpreters", "specs", "tests"), f"{path} imports {module}"


def test_the_specs_know_executus_only() -> None:
    for path in modules("specs"):
        for module in imports(path):
            assert module.partition(".")[0] not in ("interpreters", "tests"), f"{path} imports {module}"


def test_the_interpreters_know_no_spec_and_no_test() -> None:
    for path in modules("interpreters"):
        for module in imports(path):
            assert module.partition(".")[0] not in ("specs", "tests"), f"{path} imports {module}"
