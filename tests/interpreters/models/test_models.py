"""The face: tiers are resolved, keys stay where they belong, and a call is one request or one clear error."""

import asyncio
import json
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from executus.agent import ModelChoice
from executus.values import Fault, FaultKind, Message, ModelReply
from interpreters.models import Models
from interpreters.ports import ModelError, ModelPort, ModelRequest
from tests.interpreters.models.server import Line, serving
from tests.interpreters.models.spoken import DONE, chunk, event

KEY = "sk-proj-Canary0123456789"
REQUEST = ModelRequest(model="function:fast", messages=(Message("user", "hi"),))


async def hello(line: Line) -> None:
    await line.chunks(chunk("stop", content="Hello"), DONE)


def test_a_tier_resolves_to_its_chain_and_a_spec_to_itself() -> None:
    models = Models({"fast": "openai:a", "smart": ["openai:b", "openai:c@http://x"]})
    assert isinstance(models, ModelPort)
    assert models.resolve("fast") == (ModelChoice("openai:a"),)
    assert models.resolve("smart") == (ModelChoice("openai:b"), ModelChoice("openai:c@http://x"))
    assert models.resolve("openai:d@http://y/") == (ModelChoice("openai:d@http://y/"),)
    assert repr(models) == "<Models fast, smart>"


@pytest.mark.parametrize(
    ("tier", "message"),
    [
        ("slow", "unknown tier 'slow'; known: fast, smart"),
        ("", "unknown tier ''; known: fast, smart"),
        ("other:x", "unknown tier 'other:x'; known: fast, smart"),
        ("ollama:x", "provider 'ollama' is not available yet; available: openai"),
        ("openai:", "'openai:' names no model: write openai:model"),
    ],
)
def test_an_unknown_tier_is_said_in_one_sentence(tier: str, message: str) -> None:
    with pytest.raises(LookupError) as caught:
        Models({"fast": "openai:a", "smart": "openai:b"}).resolve(tier)
    assert str(caught.value) == message
    with pytest.raises(LookupError, match=r"^unknown tier 'x'; known: none$"):
        Models({}).resolve("x")


def test_a_wrong_construction_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ValueError, match=r"^tier 'fast': provider 'anthropic' is not available yet; available: openai$"
    ):
        Models({"fast": "anthropic:claude"})
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:1")
    with pytest.raises(ValueError, match=r"^OPENAI_BASE_URL: 'localhost:1' is no base url: write "):
        Models({})


def test_models_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "executus.toml"
    path.write_text('[models]\nfast = "openai:a"\n')
    assert Models.from_file(path, keys={"openai": KEY}).resolve("fast") == (ModelChoice("openai:a"),)
    with pytest.raises(ValueError, match=r"nowhere.toml: No such file or directory$"):
        Models.from_file(tmp_path / "nowhere.toml")


def test_a_function_may_be_a_model() -> None:
    def plainly(request: ModelRequest) -> ModelReply:
        return ModelReply(f"plainly {request.model}")

    async def later(request: ModelRequest) -> ModelReply:
        await asyncio.sleep(0)
        return ModelReply(f"later {request.model}")

    async def main() -> list[str]:
        async with Models({"fast": [plainly, later]}) as models:
            choices = [choice.model for choice in models.resolve("fast")]
            return [(await models(ModelRequest(model=model, messages=()))).text for model in choices]

    assert asyncio.run(main()) == ["plainly function:fast", "later function:fast:1"]


def test_a_function_fails_as_it_likes_but_gives_a_reply() -> None:
    refused = ModelError(Fault(FaultKind.MODEL, "no", retryable=True))

    def refuse(request: ModelRequest) -> ModelReply:
        raise refused

    async def call(function: Any) -> None:
        async with Models({"fast": function}) as models:
            await models(REQUEST)

    with pytest.raises(ModelError) as caught:
        asyncio.run(call(refuse))
    assert caught.value is refused
    with pytest.raises(TypeError, match=r"^function:fast must give a ModelReply, got 'text'$"):
        asyncio.run(call(lambda request: "text"))


def test_a_call_needs_open_models() -> None:
    models = Models({"fast": lambda request: ModelReply("a")})
    sentence = "^Models must be entered before it is called: async with Models"
    with pytest.raises(RuntimeError, match=sentence):
        asyncio.run(models(REQUEST))

    async def main() -> None:
        async with models, models:
            assert (await models(REQUEST)).text == "a"
        with pytest.raises(RuntimeError, match=sentence):
            await models(REQUEST)

    asyncio.run(main())


def test_models_are_open_until_the_last_leaves_and_can_be_entered_again() -> None:
    async def main(models: Models, request: ModelRequest) -> None:
        async with models:
            async with models:
                assert (await models(request)).text == "Hello"
            assert (await models(request)).text == "Hello"

    async def serve() -> None:
        async with serving(hello) as server:
            models = Models({"fast": f"openai:m@{server.url}"})
            request = ModelRequest(model=f"openai:m@{server.url}", messages=())
            await main(models, request)
            await asyncio.to_thread(asyncio.run, main(models, request))  # Another event loop.
            await main(models, request)
            assert len(server.requests) == 6

    asyncio.run(serve())


def headers_sent(models_of: Any, model: str = "openai:m") -> str:
    """The head of the request that `models_of(url)` makes."""

    async def main() -> str:
        async with serving(hello) as server:
            async with models_of(server.url) as models:
                await models(ModelRequest(model=model.replace("URL", server.url), messages=()))
            return server.requests[0][0].lower()

    return asyncio.run(main())


BEARER = f"authorization: bearer {KEY}\r\n".lower()


def test_a_key_goes_to_the_servers_that_the_host_names() -> None:
    def named(url: str) -> Models:
        return Models({"fast": f"openai:m@{url}"}, keys={"openai": KEY})

    def foreign(url: str) -> Models:
        return Models({"fast": "openai:m"}, keys={"openai": KEY})

    assert BEARER in headers_sent(named, "openai:m@URL")
    assert BEARER in headers_sent(named, "openai:other@URL")
    assert BEARER in headers_sent(lambda url: Models({}, keys={url: KEY}), "openai:m@URL")
    assert "authorization" not in headers_sent(foreign, "openai:m@URL")
    assert "authorization" not in headers_sent(lambda url: Models({"fast": f"openai:m@{url}"}), "openai:m@URL")


def test_the_environment_gives_key_and_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_environment(url: str) -> Models:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/")
        return Models({"fast": "openai:m"})

    head = headers_sent(from_environment)
    assert BEARER in head
    assert head.startswith("post /v1/chat/completions ")


def test_a_netrc_file_gives_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login me password pw\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    assert "authorization" not in headers_sent(lambda url: Models({"fast": f"openai:m@{url}"}), "openai:m@URL")


def test_only_openai_itself_is_spoken_to_strictly() -> None:
    from interpreters.models import _is_strict

    assert _is_strict("https://api.openai.com/v1")
    assert _is_strict("https://mine.openai.azure.com/openai/v1")
    assert not _is_strict("https://openrouter.ai/api/v1")
    assert not _is_strict("http://api.openai.com.evil.test/v1")
    assert not _is_strict("https://notapi.openai.com/v1")


def echoes(place: str) -> Any:
    """A server that shows the key it got, in one place of its answer."""
    text = f"your key is Bearer {KEY}"
    answers = {
        "body": b"HTTP/1.1 401 No\r\n\r\n" + json.dumps({"error": {"message": text}}).encode(),
        "end": b"HTTP/1.1 500 No\r\n\r\n" + b"x" * 480 + text[-len(KEY) :].encode() + b" rest" * 50,
        "page": b"HTTP/1.1 500 No\r\n\r\n<html><title>" + text.encode() + b"</title>",
        "redirect": b"HTTP/1.1 302 No\r\nLocation: https://evil.test/" + KEY.encode() + b"\r\n\r\n",
        "event": b"HTTP/1.1 200 OK\r\n\r\n" + event({"error": {"message": text, "code": KEY}}),
        "document": b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps({"detail": text}).encode(),
        "finish": b"HTTP/1.1 200 OK\r\n\r\n" + chunk("stop", content=5) + text.encode(),
        "status line": b"HTTP/1.1 " + text.encode() + b"\r\n\r\n",
        "header": b"HTTP/1.1 200 OK\r\n" + KEY.encode() + b"\r\n\r\n",
        "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + text.encode(),
    }

    async def answer(line: Line) -> None:
        await line.say(answers[place])

    return answer


@pytest.mark.parametrize(
    "place", ["body", "end", "page", "redirect", "event", "document", "finish", "status line", "header", "cut"]
)
def test_a_key_is_in_no_error(place: str) -> None:
    async def main() -> str:
        async with serving(echoes(place)) as server:
            spec = f"openai:m@{server.url}"
            async with Models({"fast": spec}, keys={"openai": KEY}) as models:
                with pytest.raises(ModelError) as caught:
                    await models(ModelRequest(model=spec, messages=()))
            assert BEARER in server.requests[0][0].lower()
        error = caught.value
        assert error.__cause__ is None
        assert error.__context__ is None
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        frames = [frame for frame in told.stack if frame.filename.endswith("models/__init__.py")]
        assert frames
        local = "".join(f"{frame.locals}" for frame in frames)
        return f"{error} {error!r} {error.fault} {models!r} {models.resolve('fast')} {local}"

    shown = asyncio.run(main())
    assert KEY[:12] not in shown


def test_importing_is_cheap() -> None:
    program = (
        "import sys, interpreters.models as m; m.Models({'fast': 'openai:m'});"
        "print(*sorted({'aiohttp', 'beartype', 'cattrs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
