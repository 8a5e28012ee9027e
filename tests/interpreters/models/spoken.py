"""Chat Completions as a server speaks them, and what the dialect makes of them: for the tests here."""

import json
from typing import Any, cast

from executus.values import Fault, FaultKind, Image, Message, ModelReply
from interpreters.models import openai
from interpreters.ports import ModelRequest

REQUEST = ModelRequest(model="openai:m", messages=(Message("user", "hi"),))
DONE = b"data: [DONE]\n\n"
PNG = Image("image/png", "aaaa")


def event(document: object) -> bytes:
    return b"data: " + json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n\n"


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    return event(
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    )


def calls(*parts: dict[str, Any], finish: str | None = None) -> bytes:
    return chunk(finish, tool_calls=list(parts))


def part(name: Any = None, arguments: Any = None, **rest: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **rest}


def read(*chunks: bytes, request: ModelRequest = REQUEST, limit: int = openai.REPLY_LIMIT) -> ModelReply | Fault:
    state = openai.begin(request, limit=limit)
    for piece in chunks:
        state, _ = openai.decode(state, piece)
    return openai.finish(state)


def reply(*chunks: bytes, request: ModelRequest = REQUEST) -> ModelReply:
    outcome = read(*chunks, request=request)
    assert isinstance(outcome, ModelReply), outcome
    return outcome


def fault(*chunks: bytes, limit: int = openai.REPLY_LIMIT) -> Fault:
    outcome = read(*chunks, limit=limit)
    assert isinstance(outcome, Fault), outcome
    assert outcome.kind is FaultKind.MODEL
    assert outcome.provider == "openai"
    return outcome


def body(*messages: Message, strict: bool = False, **rest: Any) -> dict[str, Any]:
    call = openai.encode(ModelRequest(model="ignored", messages=messages, **rest), "m", strict=strict)
    return cast("dict[str, Any]", json.loads(call.body))


def sent(*messages: Message, **rest: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", body(*messages, **rest)["messages"])
