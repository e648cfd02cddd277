"""Downloading stations: the channels of a run, from a data centre or those a router names."""

import io
import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import obspy
from lxml import etree
from obspy import UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.numerics.digests import digest_of
from specufex_pipe.rejections import printable
from specufex_pipe.store.downloads import is_whole, read_record, write_download
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.lines import Line
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.routing import ROUTERS, route
from specufex_pipe.webservices.whole_xml import as_text, parse_document
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

# All epochs, so that the file does not depend on the catalog; services write the end of an epoch
# that is open as the last day of 2599.
_FIRST, _LAST = UTCDateTime(1900, 1, 1), UTCDateTime(2599, 12, 31, 23, 59, 59)
_NAMESPACE = "http://www.fdsn.org/xml/station/1"
_FIRST_VERSION = "1.0"


class StationRequest:
    """What is asked of station services.

    Parameters
    ----------
    service : str
        Data centre by name or address, or a router.
    url : str or None
        Address of the router, where it is not the public one.
    channels : list of str
        SEED ids; * and ? stand for what the service has. A code that is empty, as in the files of
        the source, stands for any but for that of the location.
    """

    def __init__(self, service: str, url: str | None, channels: list[str]) -> None:
        self.service, self.url = service, url
        self.channels = sorted({_as_asked(channel) for channel in channels})

    @property
    def digest(self) -> str:
        """Digest of the request."""
        return digest_of(json.dumps([self.service, self.url, self.channels]))

    @property
    def lines(self) -> list[Line]:
        """The channels in all their epochs."""
        codes = (channel.split(".") for channel in self.channels)
        return [
            Line(network, station, location, code, _FIRST, _LAST)
            for network, station, location, code in codes
        ]


class Download(NamedTuple):
    """What came of a download.

    Attributes
    ----------
    n_channels : int
        Channels with all their epochs.
    is_new : bool
        Whether the file has changed.
    failed : dict of str
        What data centres said that did not answer, by their addresses.
    """

    n_channels: int
    is_new: bool
    failed: dict[str, str]


def download_stations(
    request: StationRequest, manners: Manners, path: Path, now: UTCDateTime
) -> Download:
    """Ask for channels and their responses, and write them as one StationXML file.

    Its bytes follow from the networks alone, and not from what else stands in an answer, such as
    the time of the request. Data centres that do not answer do not keep out what others have, but
    what is there already is not replaced by less: not by what comes without a data centre that
    answered the last time.

    Parameters
    ----------
    request : StationRequest
    manners : Manners
    path : Path
        The file; a record is written beside it, with the ending .json.
    now : obspy.UTCDateTime
        Time of the request.

    Raises
    ------
    StageError
        If nobody has such channels or answers, or what comes is not StationXML.
    """
    networks = _Networks()
    failed: dict[str, str] = {}
    for centre, lines in _centres(request, manners):
        try:
            _ask(centre, lines, networks)
        except Unanswered as error:
            failed[centre.address] = error.said
    said = "; ".join(failed.values())
    asked = f"{', '.join(request.channels)} from {request.service}"
    is_less = is_whole(path) and bool(failed.keys() - read_record(path).get("failed", {}).keys())
    if failed and (is_less or not networks.texts):
        raise StageError(printable(f"stations: {said} (asked for {asked})"))
    if not networks.texts:
        raise StageError(printable(f"stations: there are none for this request: {asked}"))
    if failed:
        log.warning("stations: %s; the next run asks again", printable(said))
    content = networks.document()
    n_channels = _count_channels(content)
    record = {
        "service": request.service,
        "url": request.url,
        "channels": request.channels,
        "n_channels": n_channels,
        "failed": failed,
        "asked": str(now),
    }
    is_new = write_download(path, lambda: [content], record)
    return Download(n_channels, is_new, failed)


def _as_asked(channel: str) -> str:
    network, station, location, code = channel.split(".")
    return f"{network or '*'}.{station or '*'}.{location}.{code or '*'}"


def _centres(request: StationRequest, manners: Manners) -> list[tuple[DataCentre, list[Line]]]:
    """Return whom to ask for what."""
    if request.service not in ROUTERS:
        return [(DataCentre(request.service, manners, is_sole=False), request.lines)]
    try:
        routes = route(request.service, request.url, request.lines, "station", manners)
        return [
            (DataCentre.of_router(address, manners), routes[address]) for address in sorted(routes)
        ]
    except Unanswered as error:
        raise StageError(printable(f"stations: {error.said}")) from error


def _ask(centre: DataCentre, lines: Sequence[Line], networks: "_Networks") -> None:
    """Ask a data centre for channels, for fewer at a time where all are too much for an answer."""
    try:
        content = centre.get_stations(lines, "response")
    except Unanswered as error:
        if error.answer is Answer.TOO_LARGE and len(lines) > 1:
            middle = len(lines) // 2
            _ask(centre, lines[:middle], networks)
            _ask(centre, lines[middle:], networks)
        elif error.answer is not Answer.NOTHING:
            raise
        return
    try:
        networks.add(content)
    except ValueError as error:
        said = f"{centre.address} did not answer with StationXML: {error}"
        raise Unanswered(Answer.FAILED, printable(said)) from error


class _Networks:
    """The networks that came so far."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self._version = _FIRST_VERSION

    def add(self, content: bytes) -> None:
        """Take up an answer.

        Raises
        ------
        ValueError
            If it is not StationXML.
        """
        root = parse_document(content)
        if etree.QName(root).namespace != _NAMESPACE:
            raise ValueError(
                f"its namespace is {etree.QName(root).namespace}, expected {_NAMESPACE}"
            )
        self._version = max(self._version, root.get("schemaVersion", _FIRST_VERSION))
        found = [as_text(each) for each in root if each.tag == f"{{{_NAMESPACE}}}Network"]
        # The order within an answer is the service's own.
        self.texts += sorted(each for each in found if each not in self.texts)

    def document(self) -> bytes:
        """Return one StationXML document of all of them."""
        head: Any = etree.Element(
            f"{{{_NAMESPACE}}}FDSNStationXML",
            nsmap={None: _NAMESPACE},
            schemaVersion=self._version,
        )
        etree.SubElement(head, f"{{{_NAMESPACE}}}Source").text = "FDSN station services"
        etree.SubElement(head, f"{{{_NAMESPACE}}}Created").text = "1970-01-01T00:00:00"
        start, end = etree.tostring(head), b"</FDSNStationXML>"
        return b"\n".join(
            [b'<?xml version="1.0" encoding="UTF-8"?>', start.removesuffix(end), *self.texts, end]
        )


def _count_channels(content: bytes) -> int:
    """Return the number of channels in StationXML, as ObsPy reads them.

    Raises
    ------
    StageError
        If ObsPy cannot read it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that ObsPy leaves out, one each
            inventory = obspy.read_inventory(io.BytesIO(content), format="STATIONXML")
    except MemoryError:
        raise
    except Exception as error:  # ObsPy raises whatever damage leads it to
        said = f"stations: ObsPy cannot read what came: {type(error).__name__}: {error}"
        raise StageError(printable(said)) from error
    n_channels = sum(len(station) for network in inventory for station in network)
    log.info("stations: %s with their epochs", counted(n_channels, "channel"))
    return n_channels
