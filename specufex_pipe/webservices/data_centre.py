"""A data centre: what is asked of its FDSN web services, and what it answers."""

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlsplit

from obspy.clients.fdsn.header import URL_MAPPINGS

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.clients import PoliteClient
from specufex_pipe.webservices.credentials import read_credentials
from specufex_pipe.webservices.documents import excerpt
from specufex_pipe.webservices.hosts import HOSTS, Hosts
from specufex_pipe.webservices.lines import Line, is_code
from specufex_pipe.webservices.manners import Manners

Level = Literal["channel", "response"]


class DataCentre:
    """The FDSN web services of a data centre, asked with manners.

    It may be asked from several threads; there are never more than `manners.connections` requests
    to a host at once, whatever asks.

    Parameters
    ----------
    service : str
        Name as ObsPy knows it (INGV, EARTHSCOPE, ...), or address: https://HOST.
    manners : Manners
    is_sole : bool, optional
        Whether the settings name it for waveforms: the credentials without a host's name are for
        that one alone.
    hosts : Hosts, optional
        What is known of hosts; of the process by default.

    Attributes
    ----------
    address : str
        https://HOST, and a path where it has one.

    Raises
    ------
    ValueError
        If the name is not known and it is no address, or the credentials of the environment are
        not whole.
    """

    def __init__(
        self, service: str, manners: Manners, *, is_sole: bool = True, hosts: Hosts = HOSTS
    ) -> None:
        self._client = _client_of(service, manners, hosts)
        self.address: str = self._client.base_url
        credentials = read_credentials(self.address, is_sole=is_sole)
        self._client.use_credentials(credentials, is_sole=is_sole)

    @classmethod
    def of_router(cls, address: str, manners: Manners) -> "DataCentre":
        """Return the data centre at an address that a router has named.

        Raises
        ------
        Unanswered
            If the credentials of the environment are not whole.
        """
        try:
            return cls(address, manners, is_sole=False)
        except ValueError as error:
            raise Unanswered(Answer.FAILED, f"{address}: {error}") from error

    def get_waveforms(self, lines: Sequence[Line]) -> bytes:
        """Return the miniSEED of channels between times.

        Raises
        ------
        Unanswered
        ValueError
            If there is no line, or one has no codes.
        """
        return self._client.ask_for_waveforms(_checked(lines))

    def get_stations(self, lines: Sequence[Line], level: Level) -> bytes:
        """Return StationXML of channels between times.

        Raises
        ------
        Unanswered
        ValueError
            If there is no line, or one has no codes.
        """
        return self._client.ask_for_stations(_checked(lines), level)

    def get_events(self, query: Mapping[str, str]) -> bytes:
        """Return QuakeML of events; the query has the parameters of FDSN's event service.

        Raises
        ------
        Unanswered
        """
        self._client.discover("event")
        known = self._client.parameters("event")
        # A service may leave out what it does not know, and send other events than were asked for.
        if unknown := sorted(set(query) - set(known)):
            raise Unanswered(
                Answer.FAILED,
                f"{self.address}: its event service has no parameter {', '.join(unknown)}; it "
                f"has {excerpt(', '.join(known))}",
            )
        return self._client.get(self._client.build_url("event", query))


def _client_of(service: str, manners: Manners, hosts: Hosts) -> PoliteClient:
    if "@" in service:
        raise ValueError(
            "an address of a data centre holds no user and no password; they are given in the "
            "environment, as FDSN_USER and FDSN_PASSWORD"
        )
    if service.upper() not in URL_MAPPINGS and urlsplit(service).scheme not in ("http", "https"):
        raise ValueError(
            f"{service!r} is not a data centre that ObsPy knows, and not an address as "
            f"https://HOST; it knows {', '.join(sorted(URL_MAPPINGS))}"
        )
    return PoliteClient(service, manners, hosts)


def _checked(lines: Sequence[Line]) -> list[Line]:
    if not lines:
        raise ValueError("a request without a line would be for all that the data centre has")
    for line in lines:
        for code in line[:4]:
            if not is_code(code):
                raise ValueError(f"{code!r} is not a code of a network, station or channel")
    return list(lines)
