"""Specs, tiers and files of them: what is right is read, what is wrong is said in one sentence."""

from pathlib import Path
from typing import Any

import pytest

from executus.values import ModelReply
from interpreters.models.spec import Spec, is_spec, read_base_url, read_spec
from interpreters.models.tiers import read_file, read_tiers
from interpreters.ports import ModelRequest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("openai:gpt-5", Spec("openai", "gpt-5")),
        ("openai:qwen3:8b", Spec("openai", "qwen3:8b")),
        ("openai:qwen3:8b@http://localhost:11434/v1", Spec("openai", "qwen3:8b", "http://localhost:11434/v1")),
        ("openai:org/m@v2@https://a.b/v1/", Spec("openai", "org/m@v2", "https://a.b/v1")),
        ("openai:a@http://x@http://y", Spec("openai", "a@http://x", "http://y")),
        ("openai:m@https://[::1]:8000", Spec("openai", "m", "https://[::1]:8000")),
    ],
)
def test_a_spec_is_read(text: str, expected: Spec) -> None:
    assert read_spec(text) == expected
    assert is_spec(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpt-5", """'gpt-5' is no model spec: write "provider:model", like "openai:gpt-5\""""),
        ("", """'' is no model spec: write "provider:model", like "openai:gpt-5\""""),
        ("anthropic:claude", "provider 'anthropic' is not available yet; available: openai"),
        ("ollama:qwen3", "provider 'ollama' is not available yet; available: openai"),
        ("opnai:gpt-5", "provider 'opnai' is unknown; available: openai"),
        ("OpenAI:gpt-5", "provider 'OpenAI' is unknown; available: openai"),
        ("openai:", "'openai:' names no model: write openai:model"),
        ("openai: m", "'openai: m' names no model: write openai:model"),
        ("openai:@http://x", "'openai:@http://x' names no model: write openai:model"),
        ("openai:m@httpx", "'httpx' is no base url: write http(s)://host[:port][/path]"),
        ("openai:m@http://", "'http://' is no base url: write http(s)://host[:port][/path]"),
        ("openai:m@http://a:b", "'http://a:b' is no base url: write http(s)://host[:port][/path]"),
        ("openai:m@http://[::1", "'http://[::1' is no base url: write http(s)://host[:port][/path]"),
        ("openai:m@http://a b", "'http://a b' is no base url: write http(s)://host[:port][/path]"),
        ("openai:m@http://a:0", "'http://a:0' is no base url: write http(s)://host[:port][/path]"),
        (
            "openai:m@https://user:pw@host/v1",
            "a base url has no user, query or fragment (host host); give a key in keys",
        ),
        ("openai:m@https://h/v1?key=pw", "a base url has no user, query or fragment (host h); give a key in keys"),
        ("openai:m@https://h/v1#pw", "a base url has no user, query or fragment (host h); give a key in keys"),
    ],
)
def test_a_wrong_spec_is_said_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$") as caught:
        read_spec(text)
    assert str(caught.value) == message
    assert "pw" not in str(caught.value)


def test_only_a_known_provider_makes_a_spec() -> None:
    assert is_spec("anthropic:x")
    assert not is_spec("fast")
    assert not is_spec("other:x")
    assert not is_spec("openai")


def test_a_base_url_ends_without_a_slash() -> None:
    assert read_base_url("https://a.b//") == "https://a.b"
    assert read_base_url("http://a.b:1/X") == "http://a.b:1/X"


def echo(request: ModelRequest) -> ModelReply:
    return ModelReply(request.model)


def test_a_tier_is_a_spec_a_function_or_a_chain() -> None:
    chains, functions = read_tiers({"a": "openai:m", "b": ["openai:m", echo, "openai:n"], "c": echo, "d": (echo,)})
    assert chains == {
        "a": ("openai:m",),
        "b": ("openai:m", "function:b:1", "openai:n"),
        "c": ("function:c",),
        "d": ("function:d",),
    }
    assert functions == {"function:b:1": echo, "function:c": echo, "function:d": echo}


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ({"a": "gpt-5"}, """tier 'a': 'gpt-5' is no model spec: write "provider:model", like "openai:gpt-5\""""),
        ({"a": "anthropic:c"}, "tier 'a': provider 'anthropic' is not available yet; available: openai"),
        ({"a": []}, "tier 'a' must be a model spec, a function, or a list of them, got []"),
        ({"a": 5}, "tier 'a' must be a model spec, a function, or a list of them, got 5"),
        ({"a": None}, "tier 'a' must be a model spec, a function, or a list of them, got None"),
        ({"a": {"x": 1}}, "tier 'a' must be a model spec, a function, or a list of them, got {'x': 1}"),
        ({"a": ["openai:m", 5]}, "tier 'a' must be made of model specs and functions, got 5"),
        ({"": "openai:m"}, "'' is no name for a tier: it is text without a colon"),
        ({"openai:m": "openai:m"}, "'openai:m' is no name for a tier: it is text without a colon"),
        ({5: "openai:m"}, "5 is no name for a tier: it is text without a colon"),
    ],
)
def test_wrong_tiers_are_said_in_one_sentence(tiers: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$") as caught:
        read_tiers(tiers)
    assert str(caught.value) == message


def test_a_file_has_a_table_of_tiers(tmp_path: Path) -> None:
    path = tmp_path / "executus.toml"
    path.write_text('[models]\nfast = "openai:m"\nsmart = ["openai:a", "openai:b"]\n[other]\nx = 1\n')
    assert read_tiers(read_file(path))[0] == {"fast": ("openai:m",), "smart": ("openai:a", "openai:b")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[model]\n", "there is no [models] table"),
        (b"models = 5\n", "there is no [models] table"),
        (b"[models\n", "Expected ']' at the end of a table declaration (at line 1, column 8)"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"[models]\na = 5\n", "models.a must be a model spec or a list of them, got 5"),
        (b"[models]\na = []\n", "models.a must be a model spec or a list of them, got []"),
        (
            b'[models]\na = ["openai:m", 5]\n',
            "models.a must be a model spec or a list of them, got ['openai:m', 5]",
        ),
        (b"[models.a]\n", "models.a must be a model spec or a list of them, got {}"),
        (b'[models]\na = "x:m"\n', "tier 'a': provider 'x' is unknown; available: openai"),
        (None, "No such file or directory"),
    ],
)
def test_a_wrong_file_is_said_in_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "executus.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^.*$") as caught:
        read_file(path)
    assert str(caught.value) == f"{path}: {message}"
