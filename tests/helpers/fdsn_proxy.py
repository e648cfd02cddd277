"""A data centre that misbehaves: a proxy on loopback in front of real servers.

It passes on what it is asked and notes it. `rule` and `script` make it misbehave, by what
`fdsn_misbehaviours` has: the rule is asked about each request, and the script is for the queries
that come next, one each. Credentials and tokens are in `fdsn_restricted`.

    with serve(folder) as server, proxy(dataselect=server) as centre:
        centre.script += [answer(503), die_after(1000)]
        ...
        assert [asked.status for asked in centre.queries] == [503, 200, 200]
"""

import http.client
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import close
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

# What a proxy says for itself, and does not pass on.
OF_THE_PROXY = {"connection", "content-length", "date", "host", "server", "transfer-encoding"}
TLS_HANDSHAKE = b"\x16"


class Reply(NamedTuple):
    """What a server answers."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Asked:
    """A request, and what became of it.

    Attributes
    ----------
    method, path : str
        The path has the parameters of a GET in it.
    headers : email.message.Message
        Names of headers may be in any case.
    body : str
    is_secure : bool
        Whether it came by TLS.
    at_once : int
        Requests that were open when it came, itself included.
    time : float
        When it came, s of the monotonic clock.
    status : int or None
        None: nothing was answered.
    is_delivered : bool
        Whether all that the server had was sent, and the client did not break the connection.
    """

    method: str
    path: str
    headers: Message
    body: str
    is_secure: bool
    at_once: int = 0
    time: float = field(default_factory=time.monotonic)
    status: int | None = None
    is_delivered: bool = False

    @property
    def is_query(self) -> bool:
        """Whether it asks for data, rather than for a description or a version."""
        return urlsplit(self.path).path.endswith(("/query", "/queryauth"))

    @property
    def service(self) -> str:
        """The second part of the path: dataselect, station, event, routing, fedcatalog."""
        return f"{urlsplit(self.path).path}//".split("/")[2]

    @property
    def lines(self) -> list[str]:
        """The channels and times of a POST, a line each."""
        return [line for line in self.body.splitlines() if line and "=" not in line]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of a GET or a POST."""
        pairs = [line.split("=", 1) for line in self.body.splitlines() if "=" in line]
        return dict(parse_qsl(urlsplit(self.path).query)) | dict(pairs)


class Exchange(BaseHTTPRequestHandler):
    """A request, and the means to answer it well or badly."""

    server: "Proxy"
    protocol_version = "HTTP/1.1"
    asked: Asked
    is_open = False

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        is_secure = isinstance(self.connection, ssl.SSLSocket)
        self.close_connection = True
        self.asked = Asked(self.command, self.path, self.headers, body, is_secure)
        self.server.begin(self.asked)
        self.is_open = True
        try:
            self.server.behaviour_for(self.asked)(self)
        except ConnectionError:
            self.asked.is_delivered = False
        finally:
            self.end()

    def do_POST(self) -> None:
        self.do_GET()

    def ask(self) -> Reply:
        """Return the answer of the server behind; without one for the service, 404."""
        server = self.server.servers.get(self.asked.service)
        if server is None:
            return Reply(404, {"Content-Type": "text/plain"}, b"No such service here.\n")
        if callable(server):
            return server(self.asked)
        path = self.path
        if self.server.access is not None:
            path = path.replace("/queryauth", "/query", 1)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in OF_THE_PROXY}
        connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
        try:
            connection.request(self.command, path, self.asked.body.encode() or None, headers)
            answer = connection.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in OF_THE_PROXY}
            return Reply(answer.status, kept, answer.read())
        except (OSError, http.client.HTTPException) as error:
            # Not a ConnectionError, which would be taken for the client's.
            raise RuntimeError(f"the server at {server} did not answer {path}") from error
        finally:
            connection.close()

    def give(self, reply: Reply) -> None:
        """Send all of a reply, with its length."""
        self.send_head(reply)
        self.send_body(reply.body, is_all=True)

    def send_head(self, reply: Reply) -> None:
        """Send the status and the headers of a reply, and the length of all its body."""
        self.asked.status = reply.status
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        if not reply.body:
            self.end(is_delivered=True)
        self.end_headers()

    def send_body(self, body: bytes, *, is_all: bool) -> None:
        """Send the bytes of a body, and say whether these are all that the client should have."""
        self.wfile.write(body[:-1])
        # Before the last byte: a client that has it may ask for the next thing, and a test that
        # counts requests at once or reads these notes would be a matter of luck.
        self.end(is_delivered=is_all)
        self.wfile.write(body[-1:])
        if is_all:
            self.wait_for_client()

    def wait_for_client(self) -> None:
        """Wait until the client closes the connection; one that was killed resets it."""
        if not isinstance(self.connection, ssl.SSLSocket):
            self.connection.settimeout(0.05)
            try:
                self.connection.shutdown(socket.SHUT_WR)
            except OSError as error:  # not connected: it was reset before
                raise ConnectionResetError from error
            while not self.server.closing.is_set():
                with suppress(TimeoutError):
                    self.connection.recv(1)
                    return

    def reset(self) -> None:
        """Reset the connection: the client sees that it broke."""
        self.end()
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        close(self.connection.detach())

    def end(self, *, is_delivered: bool = False) -> None:
        """Count the request as over; only the first call does something."""
        if self.is_open:
            self.is_open = False
            self.server.finish(self.asked, is_delivered)

    def log_message(self, *_: object) -> None:
        """Print nothing: requests are in the notes of the proxy."""


Behaviour = Callable[[Exchange], None]
Rule = Callable[[Asked], Behaviour | None]
Server = str | Callable[[Asked], Reply]


def pass_on(exchange: Exchange) -> None:
    """Give what the server behind gives."""
    exchange.give(exchange.ask())


class Proxy(ThreadingHTTPServer):
    """A data centre on loopback.

    Attributes
    ----------
    address, secure_address : str
        http://127.0.0.1:PORT, and with https, if it has a certificate; the port is the same.
    servers : dict of str to str or callable
        By service, dataselect, station, event, ...: the address of a server, or what answers.
    access : callable or None
        Who may have what; see `fdsn_restricted`.
    rule : callable or None
        What to do with a request; None: what the script says.
    script : list of callable
        What to do with the next queries; then, pass on. A request that was refused for its
        credentials takes nothing from it.
    asked : list of Asked
        All requests, in the order in which they came.
    most_at_once : int
    """

    request_queue_size = 64
    # They are waited for at the end: the notes and the errors are all there then.
    daemon_threads = False

    def __init__(
        self, servers: Mapping[str, Server], access: Rule | None, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.servers, self.access, self.tls = dict(servers), access, tls
        self.rule: Rule | None = None
        self.script: list[Behaviour] = []
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.errors: list[BaseException] = []
        self.closing = threading.Event()
        self._lock, self._open = threading.Lock(), 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def secure_address(self) -> str:
        return f"https://127.0.0.1:{self.server_port}"

    @property
    def queries(self) -> list[Asked]:
        """The requests for data."""
        return [asked for asked in self.asked if asked.is_query]

    def begin(self, asked: Asked) -> None:
        with self._lock:
            self._open += 1
            asked.at_once = self._open
            self.most_at_once = max(self.most_at_once, self._open)
            self.asked.append(asked)

    def finish(self, asked: Asked, is_delivered: bool) -> None:
        with self._lock:
            self._open -= 1
            asked.is_delivered = is_delivered

    def behaviour_for(self, asked: Asked) -> Behaviour:
        """Return what to do with a request."""
        for rule in (self.rule, self.access):
            behaviour = rule(asked) if rule is not None else None
            if behaviour is not None:
                return behaviour
        with self._lock:
            return self.script.pop(0) if self.script and asked.is_query else pass_on

    def finish_request(self, request: socket.socket, client_address: tuple) -> None:
        """Answer a request, which may come by TLS at the same port."""
        if self.tls is not None and request.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
            with self.tls.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        else:
            super().finish_request(request, client_address)

    def handle_error(self, request: socket.socket, client_address: tuple) -> None:
        """Keep an error of a rule, a script or a server behind, for the end of the test."""
        error = sys.exception()
        # Those of the connection are the client's.
        if not isinstance(error, (ConnectionError, ssl.SSLError)):
            self.errors.append(error)


@contextmanager
def proxy(
    *, access: Rule | None = None, tls: ssl.SSLContext | None = None, **servers: Server
) -> Iterator[Proxy]:
    """Open a proxy in front of servers, given by their service.

    A server is an address, or is called with a request and returns a reply: what tests answer
    themselves can so misbehave as well.

    Raises
    ------
    ExceptionGroup
        At the end, if a rule, a script or a server behind failed.
    """
    with Proxy(servers, access, tls) as centre:
        thread = threading.Thread(target=centre.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield centre
        finally:
            centre.closing.set()
            centre.shutdown()
            thread.join()
    if centre.errors:
        raise BaseExceptionGroup(f"the proxy at {centre.address} failed", centre.errors)
