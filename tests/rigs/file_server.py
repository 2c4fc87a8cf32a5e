"""An HTTP server on this machine that hands out files, and can misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """Paths to contents; the fields may be changed while it runs.

    Attributes:
        files: Path with leading slash to content.
        tags: Path to the sha256 that HEAD names in a redirection, as a model hub does.
        cut: Bytes after which an answer breaks off, 0 for never.
        stall_s: Seconds for which an answer hangs where it would break off.
        requests: "METHOD path" of what was asked for.
        url: Root address without a slash at the end.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    stall_s: float = 0.0
    requests: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving() -> Iterator[FileServer]:
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            state.requests.append(f"{self.command} {self.path}")
            content = state.files.get(self.path)
            if content is None:
                self.send_error(404)
            elif not with_body and self.path in state.tags:
                self.send_response(302)
                self.send_header("Location", f"{state.url}/elsewhere")
                self.send_header("X-Linked-ETag", f'"{state.tags[self.path]}"')
                self.end_headers()
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if with_body:
                    self.wfile.write(content[: state.cut] if state.cut else content)
                    time.sleep(state.stall_s)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def closed_address() -> str:
    """Return an address of this machine that refuses connections."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_address[1]
    return f"http://127.0.0.1:{port}"
