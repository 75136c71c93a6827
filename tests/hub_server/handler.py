"""How a request of the stand-in for the Hub is read, given to its route, and answered."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from repositories import Hub, Refused, Repository

HUB = Hub()
_OF_ANY = ("busy", "hang", "drop")
"""Faults of any request: 503; no answer; no answer, and the connection is closed at once."""
_HANGS = 4.0
"""Seconds."""
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = []
NAME = r"(?P<name>[^/]+/[^/]+)"
# Models and Spaces are held as `models:owner/name` and `spaces:owner/name` beside the data sets,
# and their addresses are read as a data set's.
_OTHER_KINDS = (
    (re.compile(r"/(api/)?(models|spaces)/([^/]+/[^/]+.*)"), r"/\1datasets/\2:\3"),
    (
        re.compile(r"/((?!api/|datasets/|_)[^/]+/[^/]+(?:/resolve/|\.git/).+)"),
        r"/datasets/models:\1",
    ),
)


def as_data_set(path: str) -> str:
    for pattern, data_set in _OTHER_KINDS:
        path = pattern.sub(data_set, path) if pattern.fullmatch(path) else path
    return path


def route(method: str, pattern: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        ROUTES.append((method, re.compile(pattern), function))
        return function

    return register


class Handler(BaseHTTPRequestHandler):
    """Finds the route of a request and sends what it returns as JSON."""

    protocol_version = "HTTP/1.1"

    def handle_one(self) -> None:
        path = as_data_set(urlsplit(self.path).path)
        self.content: bytes | None = None
        with HUB.lock:
            HUB.requests.append(f"{self.command} {path}")
            due = [] if path.startswith("/_") else [name for name in _OF_ANY if HUB.fault(name)]
        try:
            if "busy" in due:
                raise Refused(503, "Service Unavailable")
            if due:
                self.body()
                time.sleep(_HANGS if "hang" in due else 0)
                self.cut_off()
                return
            for method, pattern, function in ROUTES:
                if method == self.command and (found := pattern.fullmatch(path)):
                    words = {key: unquote(word) for key, word in found.groupdict().items() if word}
                    function(self, **words)
                    return
            raise Refused(404, f"no such address: {self.command} {path}")
        except Refused as error:
            headers = {"X-Error-Message": error.message, **error.headers}
            if error.code:
                headers["X-Error-Code"] = error.code
            self.answer({"error": error.message}, error.status, **headers)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_one

    def body(self) -> bytes:
        """Content of the request; read before any answer, so that the connection can go on."""
        if self.content is None:
            self.content = self.read_body()
        return self.content

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def json(self) -> Any:
        return json.loads(self.body())

    def user(self) -> str | None:
        return HUB.user(self.headers.get("Authorization"))

    def repository(self, name: str) -> Repository:
        return HUB.find(name, self.user())

    def answer(self, content: Any, status: int = 200, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.body()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def cut_off(self) -> None:
        """Drop the connection as a failing network does."""
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
