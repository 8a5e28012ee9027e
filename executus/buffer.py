"""An append-only buffer that all its versions share.

A `View` is the first `len` items of a list and never changes. Appending to the newest view extends the list
in place, appending to an older one copies it: every version stays true, and the common case costs the
same at any length. A view is written down as a checksum (`seal`), so that asking for a model call does not
repeat the conversation. A run lives on one thread: appending checks, then appends.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar, cast, overload
from zlib import crc32

from executus.canonical import encode

T = TypeVar("T")


class Sealed:
    """Something long that is written down as a checksum."""

    __slots__ = ()

    def seal(self) -> int:
        """A checksum that changes with any part. It detects a change, and proves nothing against malice."""
        raise NotImplementedError


class View(Sealed, Sequence[T]):
    """The first items of a shared list: an immutable sequence with O(1) `append`."""

    __slots__ = ("_items", "_sums", "length")

    def __init__(self, items: list[T], length: int, sums: list[int]) -> None:
        self._items = items
        self.length = length
        self._sums = sums

    def append(self, item: T) -> "View[T]":
        items, length, sums = self._items, self.length, self._sums
        if len(items) != length:  # Behind the newest: copy, so that both stay true.
            items, sums = items[:length], sums[:length]
        items.append(item)
        return View(items, length + 1, sums)

    def extend(self, more: Iterable[T]) -> "View[T]":
        view = self
        for item in more:
            view = view.append(item)
        return view

    @property
    def last(self) -> T:
        return self._items[self.length - 1]

    def seal(self) -> int:
        """Each item is encoded once in the life of the buffer, and only if somebody asks."""
        sums, length = self._sums, self.length
        for item in self._items[len(sums) : length]:
            sums.append(crc32(encode(item), sums[-1] if sums else 0))
        return sums[length - 1] if length else 0

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[T]:
        return iter(self._items[: self.length])

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...

    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple([self._items[place] for place in range(self.length)[index]])
        return self._items[range(self.length)[index]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, View):
            return NotImplemented
        same = cast("View[T]", other)
        return self.length == same.length and list(self) == list(same)

    def __hash__(self) -> int:
        return hash(self.seal())

    def __repr__(self) -> str:
        return f"<{self.length} items>"


class Views(Sealed, Generic[T]):
    """Several views, one after the other."""

    __slots__ = ("views",)

    def __init__(self, *views: View[T]) -> None:
        self.views = views

    def seal(self) -> int:
        return crc32(encode([view.seal() for view in self.views]))

    def __iter__(self) -> Iterator[View[T]]:
        return iter(self.views)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Views):
            return NotImplemented
        return self.views == cast("Views[T]", other).views

    def __hash__(self) -> int:
        return hash(self.seal())

    def __repr__(self) -> str:
        return f"<{len(self.views)} conversations>"


def view(*items: T) -> View[T]:
    """A new buffer with these items. All empty ones are one, behind the newest: appending to it copies."""
    return View(list(items), len(items), []) if items else cast("View[T]", _EMPTY)


_EMPTY: View[object] = View([None], 0, [])


class Names:
    """The names used so far: like a `View`, a shared table that its versions only see the beginning of."""

    __slots__ = ("_length", "_position")

    def __init__(self, position: dict[str, int], length: int) -> None:
        self._position = position
        self._length = length

    def __contains__(self, name: str) -> bool:
        return self._position.get(name, self._length) < self._length

    def add(self, name: str) -> "Names":
        """These names and `name`, which must be a new one."""
        position, length = self._position, self._length
        if len(position) != length:
            position = {old: index for index, old in enumerate(self)}
        position[name] = length
        return Names(position, length + 1)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        return islice(self._position, self._length)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Names):
            return NotImplemented
        return list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{self._length} names>"


def names(*used: str) -> Names:
    """A new list of names."""
    return Names({name: index for index, name in enumerate(used)}, len(used))
