"""The tools of a run: built from registry, palettes, invocation and session, each name once.

Law: a name that nobody has, or two have, is a fault that says where (`provider`) and which; a palette's entry that
nobody has configured stays visible and answers that when it is called.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from executus.effects import BuildToolbox
from executus.values import Fault, FaultKind, ToolClass, ToolSpec, sound
from interpreters.book import Book
from interpreters.desk_late import Unwanted
from interpreters.desk_palette import resolved, spec_of
from interpreters.faults import article, fault_of, is_passing, reason_of
from interpreters.handlers import check_specs
from interpreters.ports import Tool
from interpreters.services import Session, SessionTools
from interpreters.tools import collect, select
from interpreters.tools.registry import Misnamed, NoTool, Unfit

BUILD, EXTRA, SESSION = "build toolbox", "add extra tool", "add session tool"


async def build_toolbox(book: Book, question: BuildToolbox) -> tuple[ToolSpec, ...] | Fault | Unwanted:
    stage, specs = BUILD, list[ToolSpec]()
    book.tools, book.palette = {}, {}
    try:
        specs += _added(book, select(book.handlers.tools, question.names))
        for kind, names in (("skill", question.skills), ("agent", question.agents)):
            for name in names:
                specs.append(await _delegate(book, kind, name, specs))
        stage = EXTRA
        specs += _added(book, extra_tools(book), specs)
        stage = SESSION
        if question.session:
            given = await _session(book)
            if question.id in book.dropped:
                return Unwanted(given)
            if given is not None:
                book.session = given  # Before its tools are looked at: whatever is wrong, it is cleaned up.
            specs += _added(book, collect(book.session.tools).values(), specs)
    except Unfit as error:
        return Fault(FaultKind.PORT, reason_of(error), provider=stage)
    except BaseException as error:
        if is_passing(error):
            raise
        return Fault(FaultKind.PORT, fault_of(FaultKind.PORT, error).message, provider=stage)
    return tuple(specs)


def _added(book: Book, tools: Iterable[Tool], before: Iterable[ToolSpec] = ()) -> list[ToolSpec]:
    """These tools, as well; raises ValueError for a name that is taken."""
    found = list(tools)
    check_specs(found)
    taken = {spec.name for spec in before}
    for tool in found:
        if tool.spec.name in taken:
            raise Misnamed(f"two tools are named {tool.spec.name!r}")
        book.tools[tool.spec.name] = tool
    return [tool.spec for tool in found]


async def _delegate(book: Book, kind: str, name: str, before: list[ToolSpec]) -> ToolSpec:
    entry = await resolved(book, kind, name)
    spec = spec_of(kind, name, entry)
    if any(one.name == spec.name for one in before):
        raise Misnamed(f"two tools are named {spec.name!r}")
    if entry is not None:
        book.palette[kind, name] = entry
    return spec


def extra_tools(book: Book) -> list[Tool]:
    """The invocation's own tools. A record has their names alone: then the host's registry must know them."""
    found: list[Tool] = []
    for one in book.invocation.extra_tools:
        if isinstance(one, str):
            found += select(book.handlers.tools, [one])
        else:
            found += collect([one]).values()
    return list(collect(found).values())


def extra_names(tools: Iterable[object]) -> Iterator[str]:
    """What a record says of extra tools; what is no tool is found when the toolbox is built."""
    for one in tools:
        if isinstance(one, str):
            yield sound(one)
            continue
        try:
            yield from collect([one])
        except Exception:
            yield sound(type(one).__name__)


async def _session(book: Book) -> SessionTools | None:
    factory: Any = book.invocation.session_tool_factory or book.handlers.session
    if factory is None:
        return None  # Of a record that is taken up by a host without one.
    given = await book.call(factory, Session(book.run_id, book))
    if given is None:
        return None
    if not isinstance(given, SessionTools):
        raise NoTool(f"a session factory gives SessionTools, got {article(given)}")
    for name in ("post_run", "cleanup"):
        if getattr(given, name) is not None and not callable(getattr(given, name)):
            raise NoTool(f"a session's {name} must be a function, got {article(getattr(given, name))}")
    return given


def class_of(book: Book, name: str) -> ToolClass:
    """What a lost outcome of this tool means."""
    tool = book.tools.get(name)
    return ToolClass.PURE if tool is None else tool.spec.effect
