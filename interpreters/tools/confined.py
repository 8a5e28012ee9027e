"""A folder that nothing read through it can leave: not by `..`, not by a link, not by a swap in between.

Law: a path is walked part by part, each opened below the one before without following links, and what was
opened is what is read. Whatever is no regular file or folder is refused before it is opened.
"""

import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

from interpreters.ports import ToolError

Parts: TypeAlias = tuple[str, ...]
"""A path below the root, split; () is the root itself."""

LONGEST = 4096
"""How many characters a path may have."""


class Confined:
    """Opens files and folders below one root. The root's own path is the host's, and may hold links."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        if os.open not in os.supports_dir_fd:
            raise NotImplementedError("the file tools need Linux or macOS, which open files below a folder")
        self.root = Path(os.path.realpath(root))
        if not self.root.is_dir():
            raise NotADirectoryError(f"the file tools need a folder to work in, got {str(root)!r}")

    @contextmanager
    def folder(self, parts: Parts) -> Generator[int]:
        """A descriptor of a folder below the root; raises `ToolError`."""
        with _told(parts):
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            here = os.open(self.root, flags)
            try:
                for depth, part in enumerate(parts, start=1):
                    if not stat.S_ISDIR(_kind(part, here, parts[:depth])):
                        raise ToolError(f"{shown(parts[:depth])} is not a folder")
                    above, here = here, os.open(part, flags, dir_fd=here)
                    os.close(above)
                yield here
            finally:
                os.close(here)

    @contextmanager
    def file(self, parts: Parts) -> Generator[BinaryIO]:
        """A regular file below the root, open for reading; raises `ToolError`."""
        if not parts:
            raise ToolError(". is a folder, not a file")
        with self.folder(parts[:-1]) as above, _told(parts):
            _regular(_kind(parts[-1], above, parts), parts)
            # Should a pipe or a link have taken the file's place just now: never wait for it, never follow it.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
            with os.fdopen(os.open(parts[-1], flags, dir_fd=above), "rb") as file:
                _regular(os.fstat(file.fileno()).st_mode, parts)
                yield file

    def is_folder(self, parts: Parts) -> bool:
        """True for a folder, False for a file; raises `ToolError` for anything else and for nothing."""
        if not parts:
            return True
        with self.folder(parts[:-1]) as above, _told(parts):
            mode = _kind(parts[-1], above, parts)
            if not stat.S_ISDIR(mode):
                _regular(mode, parts)
            return stat.S_ISDIR(mode)


def parts_of(path: str) -> Parts:
    """The parts of a path that a model wrote; raises `ToolError` for one that isn't plainly below the root."""
    if len(path) > LONGEST:
        raise ToolError(f"the path is too long: {len(path)} characters")
    if "\0" in path:
        raise ToolError("the path contains a NUL character")
    if "\\" in path:
        raise ToolError(f"{_quoted(path)} contains a backslash; write / between the parts of a path")
    if path.startswith("/") or _DRIVE.match(path):
        raise ToolError(f"{_quoted(path)} is absolute; give a path below the root, like src/main.py")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if ".." in parts:
        raise ToolError(f"{_quoted(path)} contains ..; give a path below the root, like src/main.py")
    return parts


_DRIVE = re.compile(r"[A-Za-z]:(/|$)")


def shown(parts: Parts) -> str:
    """A path as one printable line, "." for the root. What would break or disguise the line is escaped."""
    return "".join(_ESCAPED.sub(_escape, part) + "/" for part in parts).removesuffix("/") or "."


_ESCAPED = re.compile("[\x00-\x1f\x7f-\x9f\\\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line breaks, marks that turn the writing direction, bytes that aren't UTF-8, the backslash."""


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


def _quoted(path: str) -> str:
    said = shown((path,))
    return said if len(said) <= 200 else said[:200] + "…"


def _kind(name: str, above: int, parts: Parts) -> int:
    mode = os.stat(name, dir_fd=above, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        raise ToolError(f"{shown(parts)} is a symbolic link, and links are not followed")
    return mode


def _regular(mode: int, parts: Parts) -> None:
    if stat.S_ISDIR(mode):
        raise ToolError(f"{shown(parts)} is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise ToolError(f"{shown(parts)} is not a regular file")


@contextmanager
def _told(parts: Parts) -> Generator[None]:
    """What the system says against a path, as one line for the model, without the root's own path."""
    try:
        yield
    except FileNotFoundError:
        raise ToolError(f"there is no {_quoted('/'.join(parts))}") from None
    except OSError as error:
        raise ToolError(f"{_quoted('/'.join(parts))} can't be read: {error.strerror or error}") from None
    except UnicodeError:
        raise ToolError(f"{_quoted('/'.join(parts))} can't be the name of a file") from None
