"""Pieces of a reply while it comes in: whoever listens hears each, and the reply is the same."""

import asyncio

from executus.values import Message
from interpreters.models import Models
from interpreters.ports import ModelRequest, Spoken
from tests.interpreters.models.server import Line, serving
from tests.interpreters.models.spoken import DONE, chunk


def test_whoever_listens_hears_each_piece() -> None:
    heard: list[Spoken] = []
    pieces = (
        chunk(content="Hel"),
        chunk(reasoning_content="so I thought"),
        chunk(content="lo"),
        chunk("stop"),
        DONE,
    )

    async def ask() -> str:
        async def answer(line: Line) -> None:
            await line.chunks(*pieces)

        async with serving(answer) as server, Models({"fast": f"openai:m@{server.url}"}) as models:
            model = models.resolve("fast")[0].model
            request = ModelRequest(model=model, messages=(Message("user", "hi"),), on_delta=heard.append)
            return (await models(request)).text

    assert asyncio.run(ask()) == "Hello"
    assert "".join(one.text for one in heard) == "Hello"
    assert "".join(one.reasoning for one in heard) == "so I thought"
