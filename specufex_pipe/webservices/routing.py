"""Routers: which data centre has which channel."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from obspy.clients.fdsn.client import Client, get_bulk_string
from obspy.clients.fdsn.routing.eidaws_routing_client import EIDAWSRoutingClient
from obspy.clients.fdsn.routing.federator_routing_client import FederatorRoutingClient

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.documents import excerpt
from specufex_pipe.webservices.handler import site_of
from specufex_pipe.webservices.hosts import HOSTS, Hosts
from specufex_pipe.webservices.lines import Line
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.opener import ask, make_opener
from specufex_pipe.webservices.routes import NotALine, intersect, parse_line

Service = Literal["dataselect", "station"]

_CENTRE = re.compile(r"^(?=DATACENTER=)", re.MULTILINE)


class _Response(NamedTuple):
    """A response as ObsPy's clients of routers take it."""

    content: str


class _Polite(ABC):
    """What makes a client of ObsPy ask for routes with manners, and not follow them."""

    _url: str

    def ask_with(self, manners: Manners, hosts: Hosts) -> None:
        self._manners, self._hosts = manners, hosts

    def _download(self, url: str, data: bytes, content_type: str) -> _Response:
        opener = make_opener(self._manners, self._hosts)
        headers = {"Content-Type": content_type, "Accept-Encoding": "gzip"}
        content = ask(
            opener, url, self._manners.timeout, data=data, headers=headers, nothing=(204,)
        )
        return _Response(content.decode("utf-8", errors="replace"))

    def _download_waveforms(self, split: dict[str, str], **_: Any) -> dict[str, str]:
        return split

    def _download_stations(self, split: dict[str, str], **_: Any) -> dict[str, str]:
        return split

    @abstractmethod
    def routes(self, lines: Sequence[Line], service: Service) -> dict[str, str]:
        """Return lines of text by the address of a data centre."""


class _Federator(_Polite, FederatorRoutingClient):
    def routes(self, lines: Sequence[Line], service: Service) -> dict[str, str]:
        if service == "dataselect":
            return self.get_waveforms_bulk(lines)
        return self.get_stations_bulk(lines)

    @staticmethod
    def _split_routing_response(data: str, service: Service) -> dict[str, str]:
        """Split an answer by data centres, each on its own.

        ObsPy would take the lines of a centre without the service for those of the one before.
        """
        _, *centres = _CENTRE.split(data)
        if not centres:
            raise NotALine(data)
        found: dict[str, list[str]] = {}
        for centre in centres:
            split = FederatorRoutingClient._split_routing_response(centre, service)
            for address, lines in split.items():
                found.setdefault(address, []).append(lines)
        return {address: "\n".join(lines) for address, lines in found.items()}


class _EIDA(_Polite, EIDAWSRoutingClient):
    def routes(self, lines: Sequence[Line], service: Service) -> dict[str, str]:
        # ObsPy asks all data centres for their stations before it asks for routes of waveforms.
        wanted = {"service": service, "format": "post", "alternative": "false"}
        answer = self._download(f"{self._url}/query", get_bulk_string(lines, wanted), "text/plain")
        text = answer.content.strip()
        split = self._split_routing_response(text)
        if not text.startswith(("http://", "https://")) or None in split:
            raise NotALine(text)
        return split


_CLIENTS: dict[str, type[_Federator] | type[_EIDA]] = {
    "eida-routing": _EIDA,
    "earthscope-federator": _Federator,
}
# The names of routers as ObsPy has them.
ROUTERS = tuple(_CLIENTS)


def route(
    router: str,
    url: str | None,
    lines: Sequence[Line],
    service: Service,
    manners: Manners,
    *,
    hosts: Hosts = HOSTS,
) -> dict[str, list[Line]]:
    """Return what to ask of which data centre, by its address.

    Parameters
    ----------
    router : str
        One of `ROUTERS`.
    url : str or None
        Address of the router, where it is not the public one.
    lines : sequence of Line
        * and ? may come back as they are, or as what they stand for.
    service : str
    manners : Manners
    hosts : Hosts, optional
        What is known of hosts; of the process by default.

    Returns
    -------
    dict
        Of lines that were asked for, or parts of such. What a router adds is left out.

    Raises
    ------
    Unanswered
        If the router does not answer, or not with routes; NOTHING if no data centre has any of it.
    """
    client = _CLIENTS[router]() if url is None else _CLIENTS[router](url=url.rstrip("/"))
    client.ask_with(manners, hosts)
    site = site_of(client._url)
    try:
        found = {
            _require_address(address): [parse_line(line) for line in text.splitlines()]
            for address, text in client.routes(lines, service).items()
        }
    except NotALine as error:
        raise Unanswered(
            Answer.FAILED, f"{site}: 200, but this is not a route: {excerpt(str(error))}"
        ) from error
    routes = {address: intersect(lines, of_centre) for address, of_centre in found.items()}
    routes = {address: of_centre for address, of_centre in routes.items() if of_centre}
    if not routes:
        raise Unanswered(Answer.NOTHING, f"{site}: it knows no data centre that has any of it")
    return routes


def _require_address(address: str) -> str:
    # What ObsPy takes for an address; one with another sign could do harm to a terminal.
    if "@" in address or not (address.isascii() and Client._validate_base_url(address)):
        raise NotALine(address)
    return address
