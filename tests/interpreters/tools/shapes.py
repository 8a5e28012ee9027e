"""Types of every kind, and tools made of them, for the tests of the tools."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import attrs
import msgspec

from interpreters.tools import FunctionTool, tool


class Unit(enum.Enum):
    CELSIUS = "celsius"
    KELVIN = "kelvin"


@dataclass
class Point:
    x: int
    y: int = 0


@attrs.define
class Box:
    low: Point
    high: Point


class Options(TypedDict, total=False):
    depth: int


class Pair(NamedTuple):
    key: str
    value: int = 1


class Cat(msgspec.Struct, tag=True):
    lives: int
    home: Point | None = None


class Dog(msgspec.Struct, tag=True):
    age: int


class Start(msgspec.Struct, tag=True, array_like=True):
    at: Point


class Stop(msgspec.Struct, tag=True, array_like=True):
    how: Options


class Left(msgspec.Struct):
    right: "Right | None" = None


class Right(msgspec.Struct):
    left: Left | None = None


class Node(msgspec.Struct):
    value: int = 0
    next: "Node | None" = None


def taking(hint: object) -> Callable[..., Any]:
    def take(x: Any) -> Any:
        return x

    take.__annotations__ = {"x": hint}
    return take


class Machine:
    def run(self, x: int) -> int:
        """Run it."""
        return x

    def __call__(self, x: int) -> int:
        return x


@attrs.define
class Line:
    ends: list[Point]


class Even(msgspec.Struct):
    value: int

    def __post_init__(self) -> None:
        if self.value % 2:
            raise ValueError(f"{self.value} is odd")


def recording(**hints: object) -> tuple[FunctionTool[Any, Any], list[dict[str, Any]]]:
    """A tool of optional parameters with these hints, and the arguments it was called with."""
    calls: list[dict[str, Any]] = []
    names = ", ".join(f"{name}=None" for name in hints)
    space: dict[str, Any] = {}
    exec(f"def record({names}): calls.append(dict(locals()))", {"calls": calls}, space)
    space["record"].__annotations__ = hints
    return tool(space["record"]), calls


HINTS: dict[str, object] = {
    "i": int,
    "f": float,
    "s": str,
    "b": bool,
    "lit": Literal["a", 1],
    "unit": Unit,
    "numbers": list[int],
    "pair": tuple[int, str],
    "names": set[str],
    "by": dict[str, int],
    "maybe": int | None,
    "point": Point,
    "line": Line,
    "options": Options,
    "animal": Cat | Dog,
    "order": Start | Stop,
    "when": datetime,
    "price": Decimal,
    "prices": list[Decimal | None],
    "small": Annotated[int, msgspec.Meta(ge=0, le=9)],
    "even": Even,
    "node": Node,
    "anything": Any,
    "odd": set[Any],
}
