"""The handler through which all requests go: it waits its turn, pauses, asks again, and bounds."""

import gzip
import io
import math
import ssl
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import NamedTuple, cast
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, Request
from urllib.response import addinfourl

from obspy.clients.fdsn.header import DEFAULT_USER_AGENT

from specufex_pipe import __version__
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.documents import BrokenOff, NotTheDocument, Require, accept, excerpt
from specufex_pipe.webservices.hosts import Hosts
from specufex_pipe.webservices.manners import Manners

USER_AGENT = f"specufex_pipe/{__version__} ({DEFAULT_USER_AGENT})"
# A service with these is not there, or has too much to do.
_UNAVAILABLE = {429, 502, 503, 504}
# An internal error is most often of the request: it is asked once more, and no more.
_INTERNAL_ERROR = 500
_ATTEMPTS_AT_INTERNAL_ERROR = 2
_BYTES_AT_ONCE = 1 << 20
_MOST_OF_AN_ERROR = 1 << 16
_MOST_JITTER = 0.5


class _Trouble(NamedTuple):
    """Why an attempt has to be made again.

    Attributes
    ----------
    said : str
    most_attempts : float
        It is not made more often, whatever the manners.
    is_unavailable : bool
        Whether the host is to blame, rather than the request.
    retry_after : float
        How long the service wants to be left alone, s.
    """

    said: str
    most_attempts: float = math.inf
    is_unavailable: bool = True
    retry_after: float = 0.0


class PoliteHandler(HTTPHandler, HTTPSHandler):
    """Sends a request, and again until it is answered or it was sent often enough.

    What is answered is read here as a whole, so that an answer which breaks off is asked for again.

    Parameters
    ----------
    manners : Manners
    hosts : Hosts
    hidden : sequence of str, optional
        Secrets that no message may show.
    require : callable, optional
        Raises a `NotTheDocument` if a content is not what was asked for. One that is not whole is
        asked for again, as not every service says how long its answers are.
    """

    def __init__(
        self, manners: Manners, hosts: Hosts, hidden: Sequence[str] = (), require: Require = accept
    ) -> None:
        HTTPSHandler.__init__(self)
        self._manners, self._hosts, self._hidden = manners, hosts, hidden
        self._require = require

    def http_request(self, request: Request) -> Request:
        """Set the user agent, whoever made the request."""
        request.add_header("User-agent", USER_AGENT)
        return HTTPHandler.http_request(self, request)

    def https_request(self, request: Request) -> Request:
        """Set the user agent, whoever made the request."""
        return self.http_request(request)

    def http_open(self, req: Request) -> HTTPResponse:
        """Send a request until it is answered."""
        return self._ask(req, super().http_open)

    def https_open(self, req: Request) -> HTTPResponse:
        """Send a request until it is answered."""
        return self._ask(req, super().https_open)

    def _ask(self, req: Request, send: Callable[[Request], HTTPResponse]) -> HTTPResponse:
        host = self._hosts.at(req.full_url)
        host.begin(self._manners)
        since = self._hosts.clock()
        attempt = 1
        while True:
            try:
                outcome = self._attempt(req, send)
            finally:
                host.end()
            if not (isinstance(outcome, _Trouble) and outcome.is_unavailable):
                host.answered()
            if not isinstance(outcome, _Trouble):
                return outcome
            asked = f"{attempt} attempt{'s' if attempt > 1 else ''}"
            said = f"{site_of(req.full_url)}: {outcome.said} ({asked})"
            pause = max(self._pause_after(attempt), outcome.retry_after)
            if pause > self._manners.longest_pause:
                host.rest(pause, said)
                raise Unanswered(Answer.FAILED, said)
            if attempt >= min(self._manners.attempts, outcome.most_attempts):
                if outcome.is_unavailable:
                    host.rest(pause, said)
                    host.left_unanswered(since, said)
                raise Unanswered(Answer.FAILED, said, is_of_request=not outcome.is_unavailable)
            host.rest(pause, said)
            host.begin(self._manners)
            attempt += 1

    def _pause_after(self, attempt: int) -> float:
        """Return the pause after an attempt, s, with jitter so that programs do not ask as one."""
        jitter = 1.0 + _MOST_JITTER * self._hosts.uniform()
        pause = self._manners.pause * 2.0 ** (attempt - 1) * jitter
        return min(pause, self._manners.longest_pause)

    def _attempt(
        self, req: Request, send: Callable[[Request], HTTPResponse]
    ) -> HTTPResponse | _Trouble:
        try:
            response = send(req)
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                return _Trouble(self._describe(reason), most_attempts=1)
            return _Trouble(self._describe(reason))
        with response:
            if response.status == _INTERNAL_ERROR or response.status in _UNAVAILABLE:
                return self._trouble_of(response)
            try:
                content = self._read(req, response)
            except (OSError, HTTPException, EOFError, zlib.error) as error:
                said = f"its answer broke off, {self._describe(error)}"
                return _Trouble(said, is_unavailable=False)
        try:
            if response.status == 200 and content:
                self._require(content)
        except NotTheDocument as error:
            begin = excerpt(content, self._hidden) if not isinstance(error, BrokenOff) else ""
            said = f"200, but {error}{begin and '; it begins: '}{begin}"
            most = math.inf if isinstance(error, BrokenOff) else 1
            return _Trouble(said, most, is_unavailable=False)
        read = addinfourl(io.BytesIO(content), response.headers, req.full_url, response.status)
        read.msg = response.reason  # type: ignore[attr-defined] # as urllib's handlers have it
        return cast("HTTPResponse", read)

    def _trouble_of(self, response: HTTPResponse) -> _Trouble:
        said = say_status(response.status, response.reason, _begin_of(response), self._hidden)
        if response.status == _INTERNAL_ERROR:
            return _Trouble(said, _ATTEMPTS_AT_INTERNAL_ERROR, is_unavailable=False)
        wanted = self._seconds_of(response.headers.get("Retry-After", ""))
        if wanted > self._manners.longest_pause:
            said += f"; it wants to be left alone for {wanted:.0f} s"
        return _Trouble(said, retry_after=wanted)

    def _seconds_of(self, retry_after: str) -> float:
        """Return the seconds that a header Retry-After means; 0 for one that means nothing."""
        retry_after = retry_after.strip()
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after)
        try:
            date = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            return 0.0
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return max(0.0, date.timestamp() - self._hosts.now())

    def _read(self, req: Request, response: HTTPResponse) -> bytes:
        """Return the content of a response, unpacked.

        Raises
        ------
        Unanswered
            If it is too large.
        OSError, http.client.HTTPException, EOFError, zlib.error
            If it is not whole.
        """
        if not 200 <= response.status < 300:
            return _begin_of(response)
        most = self._manners.most_bytes
        if (response.length or 0) > most:
            raise self._too_large(req, f"it would send {response.length} bytes")
        content = bytearray()
        while piece := response.read(min(_BYTES_AT_ONCE, most + 1 - len(content))):
            content += piece
            if len(content) > most:
                raise self._too_large(req, "it sent on")
        if response.length:
            raise IncompleteRead(b"", response.length)
        if response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = bytearray(packed.read(most + 1))
            if len(content) > most:
                raise self._too_large(req, "its answer unpacks to more")
        return bytes(content)

    def _too_large(self, req: Request, said: str) -> Unanswered:
        most = self._manners.most_bytes
        return Unanswered(
            Answer.TOO_LARGE,
            f"{site_of(req.full_url)}: {said}, where at most {most} bytes are accepted",
        )

    def _describe(self, error: BaseException | str) -> str:
        if isinstance(error, TimeoutError):
            return f"nothing came within {self._manners.timeout:g} s"
        if isinstance(error, IncompleteRead):
            rest = "the rest" if error.expected is None else f"{error.expected} bytes"
            return f"without {rest} that it announced"
        if isinstance(error, str):
            return excerpt(error, self._hidden)
        text = (isinstance(error, OSError) and error.strerror) or str(error)
        return excerpt(f"{type(error).__name__}: {text}", self._hidden)


def _begin_of(response: HTTPResponse) -> bytes:
    """Return the begin of what an error says, or nothing if that breaks off too."""
    try:
        content = response.read(_MOST_OF_AN_ERROR)
        if response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(_MOST_OF_AN_ERROR)
    except (OSError, HTTPException, EOFError, zlib.error):
        return b""
    return content


def site_of(url: str) -> str:
    """Return scheme and host of a URL, for messages."""
    parts = urlsplit(url)
    return excerpt(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def say_status(status: int, reason: str, content: bytes, hidden: Sequence[str]) -> str:
    """Return what a service said with a status, in one line."""
    said = excerpt(f"{status} {reason}", hidden)
    more = excerpt(content, hidden)
    return f"{said}, {more}" if more else said
