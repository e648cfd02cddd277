"""A web server on loopback that gives canned answers, and notes what it was asked."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import NamedTuple


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    time: float


class Reply(NamedTuple):
    """An answer.

    Attributes
    ----------
    status : int
    content : bytes
    headers : dict
        Content-Length is the length of the content unless it is given here; without it, for
        None, the answer ends with the connection.
    is_chunked : bool
        Sent in chunks, without the last one, which ends it.
    is_reset : bool
        The connection is reset, before anything is said.
    wait : callable or None
        Called before anything is said.
    """

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str | None] = MappingProxyType({})
    is_chunked: bool = False
    is_reset: bool = False
    wait: Callable[[], object] | None = None


class ScriptedServer:
    """A server that gives the answers of a script, by path, and the last one ever after.

    Parameters
    ----------
    tls : ssl.SSLContext, optional
        With which it speaks https.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[str, list[Reply | Callable[[Asked], Reply]]] = {}
        self._lock = threading.Lock()
        self.n_at_once = self.most_at_once = 0
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def script(self, path: str, replies: Iterable[Reply | Callable[[Asked], Reply]]) -> None:
        """Set what is answered at a path, whatever the query behind it."""
        self._scripts[path] = list(replies)

    def asked_at(self, path: str) -> list[Asked]:
        """Return the requests of a path."""
        return [asked for asked in self.asked if asked.path.partition("?")[0] == path]

    def reply_to(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            script = self._scripts.get(asked.path.partition("?")[0])
            if not script:
                return Reply(404, b"nothing is here")
            reply = script.pop(0) if len(script) > 1 else script[0]
        return reply(asked) if callable(reply) else reply

    def count(self, step: int) -> None:
        with self._lock:
            self.n_at_once += step
            self.most_at_once = max(self.most_at_once, self.n_at_once)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of clients that went away."""


def _handler_for(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = dict(self.headers.items())
            # Until it is answered: who has the answer may ask again before this thread goes on.
            server.count(1)
            try:
                reply = server.reply_to(
                    Asked(self.command, self.path, headers, body, time.monotonic())
                )
                if reply.wait is not None:
                    reply.wait()
            finally:
                server.count(-1)
            self._give(reply)

        do_POST = do_GET  # noqa: N815

        def _give(self, reply):
            self.close_connection = True
            if reply.is_reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            self.send_response(reply.status)
            headers = {"Connection": "close", **reply.headers}
            if reply.is_chunked:
                headers["Transfer-Encoding"] = "chunked"
            else:
                headers.setdefault("Content-Length", str(len(reply.content)))
            for name, value in headers.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            if reply.is_chunked:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(reply.content), reply.content))
            else:
                self.wfile.write(reply.content)

        def log_message(self, *_):
            """Say nothing."""

    return Handler
