"""Keys, and the one place where they are taken out of texts.

A key goes only to servers the host itself has named. It never stands in a repr, an error, or a model's name.
"""

import base64
import re
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import quote

from executus.values import Fault, replace
from interpreters.models.spec import AVAILABLE, PLANNED, read_base_url

HIDDEN = "[key]"
_SHORTEST = 4
"""A shorter key is a placeholder for a server that wants none, and would be found in every text."""
_SHORTEST_START = 8
_USER_IN_URL = re.compile(r"://[^/\s@]+@")


class Secret:
    """Text that shows itself to nobody but `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled or copied")


class Keys:
    """Keys by provider and by base url; that of a base url wins, an empty one means none."""

    def __init__(self, keys: Mapping[str, object]) -> None:
        self._keys = {name: Secret(_checked(name, text)) for name, text in keys.items()}

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The servers with a key of their own."""
        return tuple(name for name in self._keys if name not in (*AVAILABLE, *PLANNED))

    def key_of(self, provider: str, base_url: str) -> Secret | None:
        """The key for one server."""
        secret = self._keys.get(base_url) or self._keys.get(provider)
        return secret if secret is not None and secret.reveal() else None

    def cleaned(self, fault: Fault) -> Fault:
        """`fault` without any key in its text."""
        return replace(fault, message=self.hide(fault.message))

    def hide(self, text: str) -> str:
        """`text` without any key: not as it is, not encoded, and not the start of one that was cut off."""
        for secret in self._keys.values():
            key = secret.reveal()
            if len(key) >= _SHORTEST:
                for form in _forms(key):
                    text = text.replace(form, HIDDEN)
                text = _without_start(text, key)
        return _USER_IN_URL.sub(f"://{HIDDEN}@", text)

    def __repr__(self) -> str:
        return f"Keys({', '.join(self._keys)})"


def read_keys(given: Mapping[str, object], environment: Mapping[str, str]) -> Keys:
    """The keys a host gives, which win, and those of the environment; raises ValueError without showing one."""
    keys: dict[str, object] = {"openai": environment.get("OPENAI_API_KEY", "")}
    for name, text in given.items():
        keys[name if name in (*AVAILABLE, *PLANNED) else _server(name)] = text
    return Keys(keys)


def _server(name: str) -> str:
    try:
        return read_base_url(name)
    except ValueError:
        raise ValueError("a key goes by a provider's name or by a base url") from None


def _checked(name: str, text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"the key for {name} must be text")
    key = text.strip()
    if not key.isascii() or not all(33 <= ord(char) < 127 for char in key):
        raise ValueError(f"the key for {name} has characters that no header can carry")
    return key


def _forms(key: str) -> tuple[str, ...]:
    return key, quote(key, safe=""), base64.b64encode(key.encode()).decode().rstrip("=")


def _without_start(text: str, key: str) -> str:
    """Texts are bounded, so a key may be cut off at the end."""
    body = text.removesuffix("…")
    for length in range(len(key) - 1, _SHORTEST_START - 1, -1):
        if body.endswith(key[:length]):
            return body[:-length] + HIDDEN + text[len(body) :]
    return text
