"""ObsPy's client of FDSN web services, with our opener and our answers."""

import io
import threading
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from lxml import etree
from obspy.clients.fdsn import Client
from obspy.clients.fdsn.header import PARAMETER_ALIASES
from obspy.clients.fdsn.wadl_parser import WADLParser

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.credentials import Credentials, how_to_give_credentials
from specufex_pipe.webservices.documents import (
    NotTheDocument,
    Require,
    accept,
    excerpt,
    require_miniseed,
    require_xml,
)
from specufex_pipe.webservices.hosts import Hosts
from specufex_pipe.webservices.lines import Line
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.opener import Login, Unauthorized, ask, make_opener

Kind = Literal["dataselect", "event", "station"]
_REQUIREMENTS: dict[Kind, Require] = {
    "dataselect": require_miniseed,
    "event": partial(require_xml, root="quakeml"),
    "station": partial(require_xml, root="FDSNStationXML"),
}


class _Useless(Unanswered):
    """What a service says of itself makes it useless, the next time too."""


class PoliteClient(Client):
    """A client that builds requests as ObsPy does, and asks with manners.

    Nothing is asked until the first request. All that goes wrong is an Unanswered.

    Parameters
    ----------
    service : str
        A name that ObsPy knows, or an address.
    manners : Manners
    hosts : Hosts
    """

    def __init__(self, service: str, manners: Manners, hosts: Hosts) -> None:
        self._manners, self._hosts = manners, hosts
        self._credentials = Credentials("")
        self._is_sole = False
        self._login: Login | None = None
        self._discovering = threading.Lock()
        self._discovered: dict[Kind, Unanswered | None] = {}
        super().__init__(service, timeout=manners.timeout, _discover_services=False)

    def use_credentials(self, credentials: Credentials, *, is_sole: bool) -> None:
        """Use credentials; a token is exchanged when waveforms are first asked for."""
        self._credentials, self._is_sole = credentials, is_sole
        if credentials.user is not None:
            self.set_credentials(credentials.user, credentials.password)

    def discover(self, kind: Kind) -> None:
        """Make sure, once, that the data centre has a kind of service, and log in with a token.

        ObsPy asks for all services, waits 15 s for them, and takes one that is down for none.

        Raises
        ------
        Unanswered
        """
        with self._discovering:
            if kind not in self._discovered:
                try:
                    self._discover(kind)
                except Unanswered as unanswered:
                    if unanswered.answer is Answer.FAILED and not isinstance(unanswered, _Useless):
                        raise  # it may answer the next time
                    self._discovered[kind] = unanswered
                else:
                    self._discovered[kind] = None
            if (found := self._discovered[kind]) is not None:
                raise Unanswered(found.answer, found.said)

    def _discover(self, kind: Kind) -> None:
        url = self._build_url(kind, "application.wadl")
        try:
            description = self.get(url)
        except Unanswered as unanswered:
            if unanswered.answer is Answer.NOTHING:
                raise _Useless(
                    Answer.FAILED,
                    f"{unanswered.said}; there is no service {kind}: it should be described at "
                    f"{url}",
                ) from unanswered
            raise
        self._read_description(kind, description, url)
        if kind == "dataselect" and self._credentials.token and self._has_eida_auth:
            self._exchange_token(self._credentials.token)

    def ask_for_stations(self, lines: Sequence[Line], level: str) -> bytes:
        """Return what the data centre says of the stations of lines.

        Raises
        ------
        Unanswered
        """
        self.discover("station")
        content = io.BytesIO()
        self.get_stations_bulk(lines, level=level, filename=content)
        return content.getvalue()

    def ask_for_waveforms(self, lines: Sequence[Line]) -> bytes:
        """Return what the data centre has of lines; a token is exchanged again when it expired.

        Raises
        ------
        Unanswered
        """
        self.discover("dataselect")
        login = self._login
        try:
            return self._ask_for_waveforms(lines)
        except Unauthorized:
            if self._credentials.token is None or login is None:
                raise
            with self._discovering:
                if self._login is login:  # and no other thread did it
                    self._exchange_token(self._credentials.token)
            return self._ask_for_waveforms(lines)

    def _ask_for_waveforms(self, lines: Sequence[Line]) -> bytes:
        content = io.BytesIO()
        self.get_waveforms_bulk(lines, filename=content)
        return content.getvalue()

    def get(self, url: str) -> bytes:
        """Return what a service answers at a URL.

        Raises
        ------
        Unanswered
        """
        return self._ask(url, None, self.request_headers)

    def build_url(self, kind: Kind, parameters: Mapping[str, str]) -> str:
        """Return the URL of a query."""
        return self._build_url(kind, "query", dict(parameters))

    def parameters(self, kind: Kind) -> list[str]:
        """Return the parameters that a service takes, as far as is known, by their long names."""
        return sorted({PARAMETER_ALIASES.get(name, name) for name in self.services[kind]})

    def _set_opener(self, user: str | None, password: str | None) -> None:
        if user is None or password is None:
            self._login = None
        else:
            self._login = Login(self.base_url, user, password)

    def _download(
        self,
        url: str,
        return_string: bool = False,
        data: bytes | None = None,
        use_gzip: bool | None = None,
        content_type: str | None = None,
    ) -> bytes | io.BytesIO:
        headers = dict(self.request_headers)
        if content_type:
            headers["Content-Type"] = content_type
        content = self._ask(url, data, headers)
        return content if return_string else io.BytesIO(content)

    def _ask(self, url: str, data: bytes | None, headers: Mapping[str, str]) -> bytes:
        secrets = self._credentials.secrets
        if self._login is not None:
            secrets = (*secrets, self._login.password, self._login.user)
        opener = make_opener(
            self._manners, self._hosts, self._login, secrets, self._requirement_of(url)
        )
        try:
            return ask(
                opener,
                url,
                self.timeout,
                data=data,
                headers={**headers, "Accept-encoding": "gzip"},
                secrets=secrets,
            )
        except Unanswered as unanswered:
            if unanswered.answer is Answer.REFUSED:
                said = f"{unanswered.said}; {self._how_to_be_let_in()}"
                raise type(unanswered)(Answer.REFUSED, said) from unanswered
            raise

    def _requirement_of(self, url: str) -> Require:
        """Return what the answer of a URL must be."""
        for kind, require in _REQUIREMENTS.items():
            if url.startswith(self._build_url(kind, "query")):
                return require
        return accept

    def _how_to_be_let_in(self) -> str:
        if self._login is not None or self._credentials.token:
            return f"it was asked with {self._credentials.variables} of the environment"
        return how_to_give_credentials(self.base_url, is_sole=self._is_sole)

    def _read_description(self, kind: Kind, description: bytes, url: str) -> None:
        """Take over what a service says of itself; ObsPy's defaults stay if that cannot be read."""
        try:
            require_xml(description, "application")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of parameters that a service does not take
                parser = WADLParser(description)
        except NotTheDocument as error:
            raise _Useless(
                Answer.FAILED,
                f"{url}: this should describe the service {kind}, but {error}; it begins: "
                f"{excerpt(description)}",
            ) from error
        except (etree.LxmlError, LookupError, ValueError, NotImplementedError):
            return
        self.services[kind] = parser.parameters
        if kind == "dataselect":
            self.services["eida-auth"] = parser._has_eida_auth

    def _exchange_token(self, token: str) -> None:
        try:
            self.set_eida_token(token)
        except (Unanswered, ValueError) as error:
            if isinstance(error, Unanswered) and error.answer is not Answer.NOTHING:
                raise
            # Not with what was answered, which may be half a password.
            raise _Useless(
                Answer.FAILED,
                f"{self.base_url}: what it gives for the token of "
                f"{self._credentials.variables} is not a user and a password",
            ) from error
