"""Openers of urllib with our handler: where they may be led, and to whom they log in."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import (
    BaseHandler,
    HTTPDefaultErrorHandler,
    HTTPDigestAuthHandler,
    HTTPErrorProcessor,
    HTTPPasswordMgrWithDefaultRealm,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)
from urllib.response import addinfourl

from obspy.clients.fdsn.client import CustomRedirectHandler

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.documents import Require, accept, excerpt
from specufex_pipe.webservices.handler import PoliteHandler, say_status, site_of
from specufex_pipe.webservices.hosts import Hosts
from specufex_pipe.webservices.manners import Manners

_ANSWERS = {403: Answer.REFUSED, 413: Answer.TOO_LARGE}
_NOTHING = (204, 404)
_BAD_REQUEST = 400


class Unauthorized(Unanswered):
    """A service wants other credentials, or those that it gave itself have expired: 401."""


@dataclass(frozen=True)
class Login:
    """A user and a password, and below which address they may be used."""

    address: str
    user: str = field(repr=False)
    password: str = field(repr=False)


class _Redirects(CustomRedirectHandler):
    """Follows redirects with what was sent, secrets never to another host.

    Parameters
    ----------
    is_secret : bool
        Whether something secret is sent.
    """

    def __init__(self, is_secret: bool) -> None:
        self._is_secret = is_secret

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request:
        """Return the request at its new place."""
        newurl = urljoin(req.full_url, newurl)
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise _refusal(req, newurl, "which is neither http nor https")
        if self._is_secret and not is_same_host(req.full_url, newurl):
            raise _refusal(
                req,
                newurl,
                "which is not followed with credentials; if you trust that address, name it "
                "instead",
            )
        # 308 is as 307 with what is sent.
        code = 307 if code == 308 else code
        moved: Request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if content_type := req.get_header("Content-type"):
            moved.add_header("Content-type", content_type)
        return moved


class _Digest(HTTPDigestAuthHandler):
    """Logs in once: a password that was refused will be refused again."""

    def http_error_401(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> addinfourl | None:
        """Answer the challenge of a service, if it is for us and not answered already."""
        challenge = (headers.get("WWW-Authenticate") or "").split()
        if req.has_header(self.auth_header) or not challenge:
            return None
        if challenge[0].lower() != "digest":
            return None
        try:
            return super().http_error_401(req, fp, code, msg, headers)
        except ValueError as error:
            raise Unanswered(
                Answer.REFUSED, f"{site_of(req.full_url)}: {excerpt(str(error))}"
            ) from error


def make_opener(
    manners: Manners,
    hosts: Hosts,
    login: Login | None = None,
    secrets: tuple[str, ...] = (),
    require: Require = accept,
) -> OpenerDirector:
    """Return an opener for http and https alone.

    One is made for each request, as urllib's digest authentication counts within an opener.

    Parameters
    ----------
    manners : Manners
    hosts : Hosts
    login : Login, optional
    secrets : tuple of str, optional
        What is kept from messages; if there are any, no other host is gone to.
    require : callable, optional
        Raises a `NotTheDocument` if what comes is not what was asked for.
    """
    handlers: list[BaseHandler] = [
        ProxyHandler(),
        UnknownHandler(),
        PoliteHandler(manners, hosts, secrets, require),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
        _Redirects(is_secret=bool(secrets)),
    ]
    if login is not None:
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, login.address, login.user, login.password)
        handlers.append(_Digest(passwords))
    opener = OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def ask(
    opener: OpenerDirector,
    url: str,
    timeout: float,
    *,
    data: bytes | None = None,
    headers: Mapping[str, str],
    secrets: tuple[str, ...] = (),
    nothing: Container[int] = _NOTHING,
) -> bytes:
    """Return what a service answers, which is not empty.

    Parameters
    ----------
    opener : urllib.request.OpenerDirector
    url : str
    timeout : float
        s.
    data : bytes, optional
        Sent with POST.
    headers : mapping
    secrets : tuple of str, optional
        What is kept from messages.
    nothing : container of int, optional
        Statuses that say that there is nothing of what was asked for.

    Raises
    ------
    Unanswered
    """
    request = Request(url, data=data, headers=dict(headers))  # noqa: S310 - by the opener
    try:
        with opener.open(request, timeout=timeout) as response:
            status, reason, content = response.code, response.msg, response.read()
            site = site_of(response.url)
    except HTTPError as error:
        with error:
            status, reason, content = error.code, error.msg, error.read()
            site = site_of(error.url)
    except (URLError, HTTPException, ValueError) as error:
        said = error.reason if isinstance(error, URLError) else error
        raise Unanswered(Answer.FAILED, f"{site_of(url)}: {excerpt(str(said), secrets)}") from error
    if status == 200 and content:
        return content
    said = f"{site}: {say_status(status, reason, b'' if status == 200 else content, secrets)}"
    if status == 200 or status in nothing:
        raise Unanswered(Answer.NOTHING, said if status != 200 else f"{said}, without content")
    if status == 401:
        raise Unauthorized(Answer.REFUSED, said)
    raise Unanswered(
        _ANSWERS.get(status, Answer.FAILED), said, is_of_request=status == _BAD_REQUEST
    )


def is_same_host(url: str, other: str) -> bool:
    """Tell whether a URL is of the same host and port, or of its https."""
    one, two = urlsplit(url), urlsplit(other)
    if (one.scheme, one.netloc) == (two.scheme, two.netloc):
        return True
    is_upgrade = (one.scheme, two.scheme) == ("http", "https")
    return (
        is_upgrade
        and one.port in (None, 80)
        and two.port in (None, 443)
        and (one.hostname == two.hostname)
    )


def _refusal(req: Request, newurl: str, why: str) -> Unanswered:
    place = excerpt(re.sub(r"//[^/?#]*@", "//", newurl.partition("?")[0]))
    return Unanswered(Answer.FAILED, f"{site_of(req.full_url)}: it redirects to {place}, {why}")
