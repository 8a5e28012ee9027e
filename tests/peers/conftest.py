"""One aimock for all tests here, with a clean journal for each; no key, base url or proxy of this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.aimock import Aimock, serving
from tests.peers.desk import Desk

_FOREIGN = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aimock]:
    with serving(tmp_path_factory.mktemp("aimock")) as aimock:
        yield aimock


@pytest.fixture
def aimock(_server: Aimock) -> Aimock:
    _server.forget()
    return _server


@pytest.fixture
def desk(aimock: Aimock, tmp_path: Path) -> Desk:
    """A folder with real files in it, an agent that may look at them, and the server to ask."""
    return Desk.made(aimock, tmp_path)
