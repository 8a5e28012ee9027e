"""The `openai` dialect, outward: a `ModelRequest` as a Chat Completions call.

Pure. Pictures stand in user messages only, arguments that are no JSON object are sent back as `{}`, a tool
list is there only if there are tools. A key is never part of a call: the transport adds it.
"""

import re
from collections.abc import Collection, Iterable

import msgspec

from executus.agent import ModelSettings
from executus.values import Image, Message, ToolCall, ToolSpec
from interpreters.models.assembly import is_object
from interpreters.models.pairing import paired
from interpreters.models.wire import HttpCall
from interpreters.ports import ModelRequest

_PATH = "/chat/completions"
_HEADERS = (("Content-Type", "application/json"), ("Accept", "text/event-stream, application/json"))
_encode = msgspec.json.Encoder(decimal_format="number").encode


def encode(request: ModelRequest, model: str, *, strict: bool = False) -> HttpCall:
    """The call that asks `model` for a streamed reply.

    `strict`: the server is OpenAI's own, which refuses a field it doesn't know. The others get the output limit
    under its former name, too, as many know no other, and a model's reasoning back, as some insist on it.
    """
    body: dict[str, object] = {
        "model": model,
        "messages": _messages(request, reasoning=not strict),
        "stream": True,
        "stream_options": {"include_usage": True},
        **_settings(request.settings, former_names=not strict),
    }
    if request.tools:
        body["tools"] = [_tool(spec) for spec in request.tools]
        if request.settings.tool_choice:
            body["tool_choice"] = _tool_choice(request.settings.tool_choice)
    return HttpCall(_PATH, _HEADERS, _encode(body))


def _settings(settings: ModelSettings, *, former_names: bool) -> dict[str, object]:
    chosen: dict[str, object] = {}
    if settings.temperature is not None:
        chosen["temperature"] = settings.temperature
    if settings.max_output is not None:
        chosen["max_completion_tokens"] = settings.max_output
        if former_names:
            chosen["max_tokens"] = settings.max_output
    if settings.reasoning:
        chosen["reasoning_effort"] = settings.reasoning
    return chosen


def _tool(spec: ToolSpec) -> dict[str, object]:
    function: dict[str, object] = {"name": spec.name}
    if spec.description:
        function["description"] = spec.description
    function["parameters"] = msgspec.Raw(spec.parameters.encode())
    return {"type": "function", "function": function}


def _tool_choice(choice: str) -> object:
    if choice in ("auto", "required", "none"):
        return choice
    return {"type": "function", "function": {"name": choice}}


def _messages(request: ModelRequest, *, reasoning: bool) -> list[dict[str, object]]:
    names = frozenset(spec.name for spec in request.tools)
    out: list[dict[str, object]] = []
    shown: list[Message] = []  # Tool results with pictures, which wait for the last result of their turn.
    for message in paired(request.messages):
        if message.role != "tool" and shown:
            out.append(_pictures(shown))
            shown = []
        if message.role == "tool" and message.images:
            shown.append(message)
        out.append(_message(message, names, reasoning=reasoning))
    return [*out, _pictures(shown)] if shown else out


def _message(message: Message, names: Collection[str], *, reasoning: bool) -> dict[str, object]:
    match message.role:
        case "system":
            return {"role": "system", "content": message.text}
        case "user":
            content = [*_text(message.text), *_images(message.images)] if message.images else message.text
            return {"role": "user", "content": content}
        case "tool":
            return {"role": "tool", "tool_call_id": message.call_id, "content": _result(message)}
        case "assistant":
            return _assistant(message, names, reasoning=reasoning)


def _assistant(message: Message, names: Collection[str], *, reasoning: bool) -> dict[str, object]:
    turn: dict[str, object] = {"role": "assistant", "content": message.text}
    if message.calls:
        turn["content"] = message.text or None
        turn["tool_calls"] = [_call(call, names) for call in message.calls]
    if reasoning and message.reasoning:
        turn["reasoning_content"] = message.reasoning
    return turn


def _call(call: ToolCall, names: Collection[str]) -> dict[str, object]:
    arguments = call.arguments if is_object(call.arguments) else "{}"
    name = call.name if call.name in names else _accepted(call.name)
    return {"id": call.call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _accepted(name: str) -> str:
    """The name of a tool that doesn't exist, in letters that a server accepts: history must not block."""
    return re.sub("[^A-Za-z0-9_-]", "_", name)[:64] or "unknown"


def _result(message: Message) -> str:
    if not message.images:
        return message.text
    count = len(message.images)
    note = f"[{count} image{'s' if count > 1 else ''}: see the next user message]"
    return f"{message.text}\n{note}" if message.text else note


def _pictures(results: Iterable[Message]) -> dict[str, object]:
    """What tools have shown: Chat Completions takes a picture from a user only."""
    content: list[dict[str, object]] = []
    for result in results:
        content += [*_text(f"From the tool call {result.call_id}:"), *_images(result.images)]
    return {"role": "user", "content": content}


def _text(text: str) -> list[dict[str, object]]:
    return [{"type": "text", "text": text}] if text else []  # An empty part is refused by some.


def _images(images: Iterable[Image]) -> list[dict[str, object]]:
    return [
        {"type": "image_url", "image_url": {"url": f"data:{image.mime};base64,{image.data}"}} for image in images
    ]
