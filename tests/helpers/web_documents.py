"""Documents as FDSN web services send them."""

import functools
import io
from collections.abc import Iterable

import numpy as np
import obspy
from obspy import Inventory, UTCDateTime
from obspy.core.event import Catalog, Event, Magnitude, Origin
from obspy.core.inventory import Channel, Network, Station

PATHS = {kind: f"/fdsnws/{kind}/1" for kind in ("dataselect", "event", "station")}
_OF_CHANNELS = ("starttime", "endtime", "network", "station", "location", "channel")
_OF_REGIONS = ("minlatitude", "maxlatitude", "minlongitude", "maxlongitude")
PARAMETERS = {
    "dataselect": _OF_CHANNELS,
    "station": (*_OF_CHANNELS, *_OF_REGIONS, "level"),
    "event": ("starttime", "endtime", *_OF_REGIONS, "minmagnitude", "limit"),
}  # fmt: skip


def wadl(kind: str, parameters: Iterable[str] | None = None, *, has_auth: bool = False) -> bytes:
    """Return what a service says of itself at application.wadl."""
    names = PARAMETERS[kind] if parameters is None else parameters
    params = "".join(f'<param name="{n}" style="query" type="xs:string"/>' for n in names)
    auth = '<resource path="auth"><method name="POST" id="auth"/></resource>' if has_auth else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02"
    xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <resources base="http://127.0.0.1{PATHS[kind]}/">
    <resource path="query"><method name="GET" id="query"><request>{params}</request></method>
    </resource>{auth}
  </resources>
</application>""".encode()


@functools.cache
def miniseed() -> bytes:
    """Return ten seconds of a channel, in records of 512 bytes."""
    header = {
        "network": "IV", "station": "ARCI", "location": "", "channel": "HHZ",
        "starttime": UTCDateTime(2016, 1, 1), "sampling_rate": 100.0,
    }  # fmt: skip
    content = io.BytesIO()
    trace = obspy.Trace(np.arange(1000, dtype=np.int32), header)
    obspy.Stream([trace]).write(content, format="MSEED", reclen=512)
    return content.getvalue()


@functools.cache
def stationxml() -> bytes:
    """Return a station with a channel."""
    channel = Channel("HHZ", "", 42.86, 13.36, 1000.0, 0.0)
    station = Station("ARCI", 42.86, 13.36, 1000.0, channels=[channel])
    content = io.BytesIO()
    Inventory([Network("IV", [station])]).write(content, format="STATIONXML")
    return content.getvalue()


@functools.cache
def quakeml() -> bytes:
    """Return an event."""
    origin = Origin(time=UTCDateTime(2016, 8, 24, 1, 36, 32), latitude=42.7, longitude=13.2)
    content = io.BytesIO()
    event = Event(origins=[origin], magnitudes=[Magnitude(mag=6.0)])
    Catalog([event]).write(content, format="QUAKEML")
    return content.getvalue()
