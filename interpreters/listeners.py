"""Who listens to a run while it goes: each has a queue of its own, so that a slow one holds nobody up."""

import asyncio
from collections.abc import AsyncIterator

from executus.events import Event


class Listeners:
    """Hands every event on to all who listen at that time."""

    __slots__ = ("_queues",)

    def __init__(self) -> None:
        self._queues: tuple[asyncio.Queue[Event | None], ...] = ()

    def tell(self, event: Event | None) -> None:
        """Something happened; None: nothing more will."""
        for queue in self._queues:
            queue.put_nowait(event)

    async def events(self) -> AsyncIterator[Event]:
        """What happens from now on, until nothing more will."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._queues += (queue,)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._queues = tuple([one for one in self._queues if one is not queue])
