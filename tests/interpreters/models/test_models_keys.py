"""A key is sent where it belongs, and seen nowhere."""

import copy
import pickle

import pytest

from executus.values import Fault, FaultKind
from interpreters.models.faults import one_line
from interpreters.models.keys import HIDDEN, Keys, Secret, read_keys

KEY = "sk-proj-Canary+/=0123456789"


def key_of(keys: Keys, base_url: str = "https://a") -> str | None:
    secret = keys.key_of("openai", base_url)
    return None if secret is None else secret.reveal()


def test_a_key_that_is_given_wins() -> None:
    environment = {"OPENAI_API_KEY": "from-environment"}
    assert key_of(read_keys({}, environment)) == "from-environment"
    assert key_of(read_keys({"openai": "given"}, environment)) == "given"
    assert key_of(read_keys({"openai": ""}, environment)) is None
    assert key_of(read_keys({}, {})) is None


def test_a_server_may_have_a_key_of_its_own() -> None:
    keys = read_keys({"openai": "general", "https://b/v1/": "special", "http://c": ""}, {})
    assert key_of(keys, "https://b/v1") == "special"
    assert key_of(keys, "http://c") is None
    assert key_of(keys, "https://a") == "general"
    assert keys.base_urls == ("https://b/v1", "http://c")


def test_a_key_is_trimmed_and_must_fit_a_header() -> None:
    assert key_of(read_keys({}, {"OPENAI_API_KEY": " k3y\n"})) == "k3y"
    assert key_of(read_keys({"openai": "!~"}, {})) == "!~"
    for wrong in ("a\nb", "schlüssel", "a b", "a\x7f"):
        with pytest.raises(ValueError, match=r"^the key for openai has characters that no header can carry$"):
            read_keys({"openai": wrong}, {})
    with pytest.raises(TypeError, match=r"^the key for openai must be text$"):
        read_keys({"openai": b"bytes"}, {})


def test_a_key_for_nobody_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match=r"^a key goes by a provider's name or by a base url$"):
        read_keys({KEY: "openai"}, {})


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {[secret]} {Keys({'openai': KEY})!r}"
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"^a key cannot be pickled or copied$"):
            attempt(secret)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Bad key {KEY}.", f"Bad key {HIDDEN}."),
        (f"{KEY}{KEY}", HIDDEN * 2),
        ("?key=sk-proj-Canary%2B%2F%3D0123456789&x", f"?key={HIDDEN}&x"),
        ("c2stcHJvai1DYW5hcnkrLz0wMTIzNDU2Nzg5", HIDDEN),
        ("at the end sk-proj-Canary", f"at the end {HIDDEN}"),
        ("at the end sk-proj-Canary…", f"at the end {HIDDEN}…"),
        ("sk-proj-", HIDDEN),
        ("sk-proj", "sk-proj"),
        ("sk-proj-Other", "sk-proj-Other"),
        ("proxy http://me:pw@host:1 failed", f"proxy http://{HIDDEN}@host:1 failed"),
        ("", ""),
    ],
)
def test_a_key_is_hidden_in_all_its_forms(text: str, expected: str) -> None:
    assert Keys({"openai": KEY}).hide(text) == expected


@pytest.mark.parametrize("before", range(470, 502))
def test_no_bound_on_a_text_uncovers_a_key(before: int) -> None:
    text = one_line("x" * before + KEY + " rest" * 20)
    assert "sk-proj-" not in Keys({"openai": KEY}).hide(text)


def test_a_placeholder_is_not_hunted() -> None:
    keys = Keys({"openai": "x", "http://a": ""})
    assert keys.hide("a text with x in it") == "a text with x in it"
    assert Keys({"openai": "four"}).hide("four") == HIDDEN


def test_an_encoded_key_is_hidden_with_or_without_its_padding() -> None:
    assert Keys({"openai": "sk-four"}).hide("Basic c2stZm91cg== c2stZm91cg") == f"Basic {HIDDEN}== {HIDDEN}"


def test_a_fault_is_cleaned_and_otherwise_left() -> None:
    fault = Fault(FaultKind.MODEL, f"no {KEY}", "openai", 429, True, 5)
    assert Keys({"openai": KEY}).cleaned(fault) == Fault(FaultKind.MODEL, f"no {HIDDEN}", "openai", 429, True, 5)
