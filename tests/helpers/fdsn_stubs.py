"""Event and station services on loopback, which answer real documents as data centres do."""

import io
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from obspy import UTCDateTime
from obspy.core.event import Catalog, CreationInfo

from helpers.events import TIME

_TYPES = {
    "starttime": "xs:dateTime", "endtime": "xs:dateTime", "minlatitude": "xs:float",
    "maxlatitude": "xs:float", "minlongitude": "xs:float", "maxlongitude": "xs:float",
    "latitude": "xs:float", "longitude": "xs:float", "maxradius": "xs:float",
}  # fmt: skip
_OF_EVENTS = {
    **_TYPES, "mindepth": "xs:float", "maxdepth": "xs:float", "minmagnitude": "xs:float",
    "maxmagnitude": "xs:float", "eventtype": "xs:string", "includearrivals": "xs:boolean",
    "catalog": "xs:string", "contributor": "xs:string", "limit": "xs:int", "orderby": "xs:string",
}  # fmt: skip
_OF_STATIONS = {
    **_TYPES, "network": "xs:string", "station": "xs:string", "location": "xs:string",
    "channel": "xs:string", "level": "xs:string", "format": "xs:string",
}  # fmt: skip
_PARAMETERS = {"event": _OF_EVENTS, "station": _OF_STATIONS}
XML, TEXT, HTML = "application/xml", "text/plain", "text/html"


class Reply(NamedTuple):
    """What is answered."""

    status: int
    content: bytes = b""
    content_type: str = XML


class Request(NamedTuple):
    """What was asked: "event/1/query", its parameters, and the lines of a request in bulk."""

    path: str
    query: dict[str, str]
    lines: tuple[str, ...] = ()


class DataCentreStub:
    """A data centre with an event service and a station service.

    Parameters
    ----------
    events : sequence of obspy.core.event.Event
        Sent newest first, as services do.
    inventory : obspy.Inventory, optional
    limit : int
        More events are refused with 413.

    Attributes
    ----------
    requests : list of Request
        Those for data.
    replies : dict of callable
        Instead of its own answers: by path, what makes a reply of (stub, request).
    address : str
    """

    def __init__(self, events=(), inventory=None, limit=20_000):
        self.events, self.inventory, self.limit = list(events), inventory, limit
        self.requests, self.replies = [], {}
        self.address = ""

    def reply(self, path, query, lines=()):
        """Return what is answered to a request."""
        service, _, rest = path.partition("/1/")
        if rest == "application.wadl":
            return Reply(200, wadl(service))
        if rest == "version":
            return Reply(200, b"1.2.5", TEXT)
        if rest in ("catalogs", "contributors"):
            one = rest[:-1].capitalize()
            names = f"<{rest.capitalize()}><{one}>ISC</{one}></{rest.capitalize()}>"
            return Reply(200, names.encode())
        request = Request(path, query, lines)
        self.requests.append(request)
        own = {"event/1/query": self.answer_events, "station/1/query": self.answer_stations}
        if path in self.replies:
            return self.replies[path](self, request)
        return own[path](request) if path in own else Reply(404, b"no such service", TEXT)

    def answer_events(self, request):
        """Return the events that fit in time and magnitude."""
        query = request.query
        start, end = UTCDateTime(query["starttime"]), UTCDateTime(query["endtime"])
        least = float(query.get("minmagnitude", "-inf"))
        found = [
            event
            for event in self.events
            if start <= event.origins[0].time <= end
            and (least == float("-inf") or any(each.mag >= least for each in event.magnitudes))
        ]
        if len(found) > self.limit:
            return Reply(413, b"too many events", TEXT)
        return Reply(200, quakeml(found)) if found else Reply(204)

    def answer_stations(self, request):
        """Return the channels that are asked for, in bulk or by parameters."""
        query = dict(request.query)
        lines = []
        for line in request.lines:
            if "=" in line:
                query.update([line.split("=", 1)])
            else:
                lines.append(line.split()[:4])
        codes = [query.get(name, "*") for name in ("network", "station", "location", "channel")]
        found = None
        for network, station, location, channel in lines or [codes]:
            location = location.replace("--", "")
            some = self.inventory.select(network, station, location, channel)
            found = some if found is None else found + some
        if not found.networks:
            return Reply(204)
        content = io.BytesIO()
        found.created = UTCDateTime()
        found.write(content, format="STATIONXML", level=query.get("level", "station"))
        return Reply(200, content.getvalue())


def quakeml(events):
    """Return QuakeML as a service sends it: newest first, with the time of the request."""
    newest_first = sorted(
        events, key=lambda e: e.origins[0].time if e.origins else TIME, reverse=True
    )
    catalog = Catalog(newest_first, creation_info=CreationInfo(creation_time=UTCDateTime()))
    content = io.BytesIO()
    catalog.write(content, format="QUAKEML")
    return content.getvalue()


def wadl(service):
    """Return the description of a service, from which clients learn its parameters."""
    parameters = "".join(
        f'<param name="{name}" style="query" type="{kind}"/>'
        for name, kind in _PARAMETERS.get(service, {}).items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<resources base="http://localhost/fdsnws/{service}/1/">
<resource path="query"><method id="query" name="GET"><request>{parameters}</request>
<response status="200"><representation mediaType="application/xml"/></response>
<response status="204 400 401 403 404 413 414 500 503"><representation mediaType="text/plain"/>
</response></method></resource></resources></application>""".encode()


@contextmanager
def serving(stub):
    """Serve a stub on loopback, at `stub.address`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._send(())

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(tuple(body.splitlines()))

        def _send(self, lines):
            url = urlsplit(self.path)
            path = url.path.removeprefix("/fdsnws/")
            reply = stub.reply(path, dict(parse_qsl(url.query)), lines)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            if reply.status != 204:
                self.wfile.write(reply.content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stub.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
