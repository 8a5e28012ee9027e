"""One call of a model behind a server that misbehaves: what it came to, for the tests of the transport."""

import asyncio

from executus.values import Fault, Message, ModelReply
from interpreters.models import Models, Patience
from interpreters.models.openai import REPLY_LIMIT
from interpreters.ports import ModelError, ModelRequest
from tests.interpreters.models.server import Answer, Line, Server, serving
from tests.interpreters.models.spoken import DONE, chunk

LONG = Patience(connect=5, first_event=10, idle=10)
HI = Message("user", "hi")
HELLO = (chunk(content="Hello"), chunk("stop"), DONE)


def asked(
    answer: Answer, patience: Patience = LONG, *, hangs_up: bool = False, reply_limit: int = REPLY_LIMIT
) -> tuple[ModelReply | Fault, Server]:
    """One call of a model behind this server, which is to see that the client hangs up."""

    async def ask() -> tuple[ModelReply | Fault, Server]:
        async with serving(answer) as server:
            models = Models({"fast": f"openai:m@{server.url}"}, patience=patience, reply_limit=reply_limit)
            async with models:
                outcome = await outcome_of(models)
                if hangs_up:
                    await asyncio.wait_for(server.hung_up.wait(), 10)
                return outcome, server

    return asyncio.run(ask())


async def outcome_of(models: Models, message: Message = HI) -> ModelReply | Fault:
    try:
        return await models(ModelRequest(model=models.resolve("fast")[0].model, messages=(message,)))
    except ModelError as error:
        return error.fault


def fault(answer: Answer, patience: Patience = LONG, reply_limit: int = REPLY_LIMIT) -> Fault:
    outcome, server = asked(answer, patience, reply_limit=reply_limit)
    assert isinstance(outcome, Fault), outcome
    assert outcome.provider == "openai"
    assert len(server.requests) == 1, "whether to ask again is the kernel's decision"
    return outcome


def said(*pieces: bytes) -> Answer:
    async def answer(line: Line) -> None:
        for piece in pieces:
            await line.say(piece)

    return answer


def answered(status: str, body: bytes = b"", headers: str = "") -> Answer:
    return said(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)


async def hello(line: Line) -> None:
    await line.chunks(*HELLO)
