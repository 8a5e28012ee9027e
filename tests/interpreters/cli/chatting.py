"""A Chat Completions server for the tests of the command, on this machine only: it gives one turn after the other.

It lives in a thread, because the command under test has an event loop, or a process, of its own.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Turn:
    """What the model says: text, calls of tools, or an HTTP status; after so many seconds."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    status: int = 200
    takes: float = 0


@dataclass
class Chat:
    """The server's address, and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)

    @property
    def spec(self) -> str:
        return f"openai:m@{self.url}"


@contextmanager
def chatting(*turns: Turn) -> Iterator[Chat]:
    """A server that gives these turns in order, the last one for ever."""
    left = list(turns)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chat.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            chat.asked.set()
            turn = left.pop(0) if len(left) > 1 else left[0]
            time.sleep(turn.takes)
            body = _events(turn) if turn.status == 200 else b'{"error": {"message": "no"}}'
            try:
                self.send_response(turn.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # The run was cancelled meanwhile.

        def log_message(self, format: str, *args: object) -> None:
            """Tests have nothing to log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat = Chat(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _events(turn: Turn) -> bytes:
    calls = [
        {"index": index, "id": f"call_{index}", "type": "function", "function": _function(name, arguments)}
        for index, (name, arguments) in enumerate(turn.calls)
    ]
    delta: dict[str, Any] = {"content": turn.text}
    if calls:
        delta["tool_calls"] = calls
    finish = "tool_calls" if calls else "stop"
    chunk = {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107},
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\ndata: [DONE]\n\n"


def _function(name: str, arguments: dict[str, Any]) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps(arguments)}
