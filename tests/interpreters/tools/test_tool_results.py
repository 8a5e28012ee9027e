"""What tools give back becomes text, the same in every process; what has no text is an error of the tool."""

import enum
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import msgspec
import pytest

from executus.values import Image, ToolResult
from interpreters.ports import ToolError
from interpreters.tools.results import result_of


class Colour(enum.Enum):
    RED = "red"


class Name(enum.StrEnum):
    ANN = "ann"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Point:
    x: int
    y: int


class Struct(msgspec.Struct):
    z: int
    a: str


TEXTS: list[tuple[object, str]] = [
    ("as is\n", "as is\n"),
    ("", ""),
    (None, ""),
    (Name.ANN, "ann"),
    ("a lone \udcff", "a lone \\udcff"),
    (7, "7"),
    (10**40, "1" + "0" * 40),
    (True, "true"),
    (Level.LOW, "1"),
    (1.5, "1.5"),
    (float("nan"), "null"),
    (Colour.RED, '"red"'),
    ([1, "é", None], '[1,"é",null]'),
    ((1, 2), "[1,2]"),
    ({"b": 1, "a": [2]}, '{"a":[2],"b":1}'),
    ({2: "b", 1: "a"}, '{"2":"b","1":"a"}'),
    ({"b", "a", "c"}, '["a","b","c"]'),
    (Point(1, 2), '{"x":1,"y":2}'),
    (Struct(1, "a"), '{"z":1,"a":"a"}'),
    (b"hi", '"aGk="'),
    (PurePosixPath("a/b"), '"a/b"'),
    ([PurePosixPath("a")], '["a"]'),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_values_become_text(value: object, text: str) -> None:
    result = result_of(value)
    assert result == ToolResult(text)
    assert type(result.content) is str


def test_a_result_and_an_image_are_taken_as_they_are() -> None:
    image = Image("image/png", "aGk=")
    result = ToolResult("see", (image,))
    assert result_of(result) is result
    assert result_of(image) == ToolResult("", (image,))
    assert result_of(ToolResult("\udcff", (image,))) == ToolResult("\\udcff", (image,))


def looped() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


def yielding() -> Iterator[int]:
    yield 1


class Path(os.PathLike[bytes]):
    def __fspath__(self) -> bytes:
        raise OSError("no path today")


ODD: list[tuple[object, str]] = [
    (object(), "object"),
    (1j, "complex"),
    ([object()], "list"),
    (10**5000, "int"),
    (yielding(), "generator"),
    (ValueError("x"), "ValueError"),
    ({(1, 2): 3}, "dict"),
    (["\udcff"], "list"),
    (looped(), "list"),
    (Path(), "Path"),
    (test_values_become_text, "function"),
]


@pytest.mark.parametrize(("value", "kind"), ODD, ids=[kind for _, kind in ODD])
def test_a_value_without_text_is_an_error_that_names_its_type(value: Any, kind: str) -> None:
    with pytest.raises(ToolError, match=rf"^the tool ran, but its result \({kind}\) can't be written as JSON: "):
        result_of(value)


def test_a_set_reads_the_same_in_every_process() -> None:
    code = "from interpreters.tools.results import result_of; print(result_of({'s': set('abcdefgh')}).content)"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1
